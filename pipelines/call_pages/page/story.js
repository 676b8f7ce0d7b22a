/* What was said and decided, as a list to read; each line leads to its moment. */

import { clock, h } from './words.js';
import { toneColour } from './tape.js';

/** The lines, in the order of the clock: `{ secs, node, kind }`. */
export function story(model, onPick) {
  const words = model.utterances.map((said) => ({ secs: said.from, kind: 'words', tone: said.who, node: spoken(said, onPick) }));
  const marks = model.marks.map((mark) => ({ secs: mark.secs, kind: 'decisions', tone: mark.tone, node: decided(mark, onPick) }));
  return [...words, ...marks].sort((a, b) => a.secs - b.secs);
}

function spoken(said, onPick) {
  const unsure = said.confidence !== undefined && said.confidence < 0.5;
  return h('li', { class: 'line', 'data-kind': 'words' },
    h('button', { type: 'button', class: `said ${said.who}`, onclick: () => onPick(said.from) },
      h('time', {}, clock(said.from, true)),
      h('span', { class: 'who' }, said.who === 'caller' ? 'Caller' : 'Bot'),
      h('span', { class: 'text' }, said.text,
        said.cut !== undefined ? h('s', { title: 'the caller did not hear this' }, ` ${said.cut}`) : null,
        unsure ? h('em', { title: 'the recogniser was not sure' }, ` ${Math.round(100 * said.confidence)} %`) : null)));
}

function decided(mark, onPick) {
  return h('li', { class: 'line', 'data-kind': 'decisions' },
    h('button', { type: 'button', class: 'decided', 'data-event': mark.kind, onclick: () => onPick(mark.secs, mark) },
      h('time', {}, clock(mark.secs, true)),
      h('span', { class: 'who', css: { '--tone': `var(--${toneColour(mark.tone)})` } }, mark.title),
      h('span', { class: 'text' }, mark.why)));
}
