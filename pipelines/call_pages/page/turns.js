/* How long each answer took against its budget, and what the call cost. */

import { h, millis, money, plural } from './words.js';

const STAGE_LINES = ['endpointing', 'stt', 'router', 'llm', 'clause', 'tts', 'transport'];

/** A waterfall for each answered turn; `onPick(turn)` when one is chosen. */
export function waterfalls(call, onPick) {
  const allowed = Object.values(call.budget).reduce((sum, each) => sum + each, 0);
  const most = Math.max(allowed, ...call.turns.map((turn) => turn.total_ms || 0));
  const scale = (ms) => `${(100 * ms) / most}%`;
  return call.turns.map((turn) => {
    const over = Object.entries(turn.over);
    const said = over.length ? over.map(([line, ms]) => `${line} +${ms} ms`).join(', ') : 'within budget';
    return h('li', {},
      h('button', { type: 'button', class: 'turn', 'data-turn': turn.turn, 'data-over': over.length > 0, onclick: () => onPick(turn) },
        h('span', { class: 'turn-name' }, `Turn ${turn.turn}`),
        h('span', { class: 'fall', 'aria-hidden': 'true' },
          STAGE_LINES.filter((line) => turn.spent[line]).map((line) => h('i', { class: `line-${line}`, title: `${line} ${turn.spent[line]} ms of ${call.budget[line]}`, css: { width: scale(turn.spent[line]) } })),
          h('b', { class: 'allowed', css: { left: scale(allowed) } })),
        h('span', { class: 'turn-ms' }, millis(turn.total_ms)),
        h('span', { class: 'turn-over' }, said)));
  });
}

/** What the colours mean, with the budget of each line. */
export const legend = (call) => STAGE_LINES.map((line) => h('li', {}, h('i', { class: `line-${line}` }), `${line} `, h('span', {}, `${call.budget[line]} ms`)));

/** The cost: what became of it, and for what. */
export function costs(ledger) {
  const shares = Object.entries(ledger.shares);
  const services = Object.entries(ledger.services);
  return [
    h('p', { class: 'total' }, money(ledger.dollars), h('span', {}, ledger.dollars ? ' in all' : ' in all: services on this machine cost nothing')),
    h('div', { class: 'shares', 'aria-hidden': 'true' }, shares.map(([name, dollars]) => h('i', { 'data-share': name, css: { width: `${ledger.dollars ? (100 * dollars) / ledger.dollars : 0}%` } }))),
    h('dl', { class: 'facts' }, shares.map(([name, dollars]) => h('div', {}, h('dt', {}, h('i', { 'data-share': name }), name), h('dd', {}, money(dollars)))),
      h('div', {}, h('dt', {}, 'saved by the cache'), h('dd', {}, `${money(ledger.saved)} · ${plural(ledger.cache_hits, 'hit')}`)),
      ledger.estimated ? h('div', { title: 'Answers that were given up: their vendor never said how long they were' }, h('dt', {}, 'of it estimated'), h('dd', {}, money(ledger.estimated))) : null),
    h('table', {}, h('thead', {}, h('tr', {}, h('th', {}, 'service'), h('th', {}, 'used'), h('th', {}, 'cost'))),
      h('tbody', {}, services.map(([name, counts]) => h('tr', {}, h('td', {}, name), h('td', {}, used(counts)), h('td', {}, money(counts.dollars)))))),
    ledger.unpriced.length ? h('p', { class: 'note' }, `No price is known for ${ledger.unpriced.join(', ')}; see prices.toml.`) : null,
  ].filter(Boolean);
}

function used(counts) {
  const parts = [];
  if (counts.input || counts.output) parts.push(`${counts.input || 0} + ${counts.output || 0} tokens`);
  if (counts.cache_read) parts.push(`${counts.cache_read} from the prompt cache`);
  if (counts.cache_write) parts.push(`${counts.cache_write} into it`);
  if (counts.characters) parts.push(`${counts.characters} characters`);
  if (counts.seconds) parts.push(`${counts.seconds.toFixed(1)} s`);
  return parts.join(', ') || '–';
}
