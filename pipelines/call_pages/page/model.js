/* What a record says, in the shape in which it is drawn: speech, words, marks. No elements here. */

const TITLES = {
  'turn.decided': 'turn over', overlap: 'overlap', interruption: 'interrupted', answer: 'answer',
  'draft.started': 'draft', 'draft.kept': 'draft kept', 'draft.discarded': 'draft dropped',
  'cache.hit': 'cache hit', 'cache.miss': 'cache miss', 'cache.bypass': 'cache passed by',
  'cache.rejected': 'cache corrected', 'cache.saved': 'cache heard', 'cache.learnt': 'learnt', 'cache.refused': 'not learnt', 'tool.called': 'tool', 'tool.result': 'tool result',
  'voice.held': 'voice held', 'voice.resumed': 'voice goes on', 'voice.dropped': 'voice dropped',
  'service.chosen': 'service', failover: 'failover', 'budget.acted': 'late', 'operator.acted': 'operator', 'operator.words': 'operator says',
  signals: 'signals', escalation: 'a person',
  error: 'error', limit: 'limit', 'call.ended': 'call over', 'consent.given': 'consent',
};
const TONES = {
  overlap: 'caller', interruption: 'danger', error: 'danger', limit: 'danger', 'turn.decided': 'caller',
  failover: 'danger', 'budget.acted': 'danger', 'voice.held': 'caller', 'voice.resumed': 'caller', 'voice.dropped': 'caller',
  answer: 'bot', 'tool.called': 'tool', 'tool.result': 'tool', 'call.ended': 'plain',
};
const QUIET = new Set(['call.began', 'speech.began', 'speech.ended', 'words.partial', 'words.final', 'bot.words', 'usage', 'first', 'turn.began', 'turn.over']);

/** The call as speeches, utterances and marks, each in the order of the clock. */
export function shape(call) {
  const events = [...call.events].sort((a, b) => a.secs - b.secs);
  return {
    secs: Math.max(call.secs, 0.1),
    speeches: speeches(events, call.secs),
    utterances: [...callerSaid(events), ...botSaid(events)].sort((a, b) => a.from - b.from),
    marks: events.filter((event) => !QUIET.has(event.kind)).map(mark),
    turns: call.turns,
  };
}

function speeches(events, until) {
  const found = [], open = {};
  for (const event of events) {
    const at = event.secs - (event.secs_ago || 0);
    if (event.kind === 'speech.began') open[event.who] ??= at;
    if (event.kind === 'speech.ended' && open[event.who] !== undefined) {
      found.push({ who: event.who, from: open[event.who], to: at });
      delete open[event.who];
    }
  }
  for (const [who, from] of Object.entries(open)) found.push({ who, from, to: until });
  return found;
}

function callerSaid(events) {
  const found = [];
  let since = null, last = null;
  for (const event of events) {
    if (event.who === 'caller' && event.kind === 'speech.began') since ??= event.secs - (event.secs_ago || 0);
    if (event.who === 'caller' && event.kind === 'speech.ended') last = event.secs - (event.secs_ago || 0);
    if (event.kind === 'words.final' && event.text) {
      const from = since ?? Math.max(0, event.secs - 1);
      found.push({ who: 'caller', from, to: Math.max(last ?? event.secs, from + 0.2), text: event.text, confidence: event.confidence, turn: event.turn });
      since = null; last = null;
    }
  }
  return found;
}

function botSaid(events) {
  const found = [];
  let open = null, from = 0;
  for (const event of events) {
    if (event.who === 'bot' && event.kind === 'speech.began') { open = null; from = event.secs; }
    if (event.kind === 'bot.words' && event.text) {
      if (!open) found.push(open = { who: 'bot', from: Math.min(from || event.secs, event.secs), to: event.secs, text: '', turn: event.turn });
      open.text = `${open.text} ${event.text}`.trim();
      open.to = event.secs;
    }
    if (event.who === 'bot' && event.kind === 'speech.ended' && open) { open.to = Math.max(open.to, event.secs); open = null; }
    if (event.kind === 'interruption' && open) open.cut = event.dropped || '';
  }
  return found;
}

function mark(event) {
  const family = event.kind.split('.')[0];
  const tone = TONES[event.kind] || { draft: 'draft', cache: 'cache', escalation: 'danger', operator: 'tool' }[family] || 'plain';
  return { secs: event.secs, turn: event.turn, kind: event.kind, tone, title: title(event), why: why(event), event };
}

function title(event) {
  if (event.kind === 'overlap') return String(event.class || 'overlap');
  if (event.kind.startsWith('tool')) return `${TITLES[event.kind]} ${event.name || ''}`;
  if (event.kind === 'escalation') return `a person: ${event.state || ''}`;
  if (event.kind === 'service.chosen' || event.kind === 'failover') return `${TITLES[event.kind]}: ${[event.stage, event.provider, event.model].filter(Boolean).join(' ')}`;
  if (event.kind === 'budget.acted' || event.kind === 'limit') return `${TITLES[event.kind]}: ${event.act || event.step}`;
  if (event.kind === 'answer') return `answer after ${event.voice_to_voice_ms} ms`;
  return TITLES[event.kind] || event.kind;
}

function why(event) {
  if (event.kind === 'interruption') return event.dropped ? `not heard: “${event.dropped}”` : 'the answer was not begun';
  if (event.kind === 'tool.called') return JSON.stringify(event.arguments ?? {});
  if (event.kind === 'tool.result') return typeof event.result === 'string' ? event.result : JSON.stringify(event.result ?? null);
  if (event.kind === 'error') return `${event.service || ''}: ${event.what || ''}`;
  if (event.kind === 'answer') return (event.stages || []).map((stage) => `${stage.label} ${stage.ms}`).join(', ');
  if (event.kind.startsWith('cache')) return [event.why, event.asked && `“${event.asked}”`, event.question && `is “${event.question}”`].filter(Boolean).join(' ');
  const said = event.why || '';
  return event.text && !said.includes(event.text) ? `“${event.text}”: ${said}` : said;
}

/** The last of `items` that begins at or before `secs`; items are in order. */
export function lastBefore(items, secs, key = 'secs') {
  let low = 0, high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle][key] <= secs) low = middle + 1; else high = middle;
  }
  return low - 1;
}

/** The loudest of both sides in each of `count` columns of [from, to), 0 … 1; from pairs of bytes. */
export function columns(peaks, peakSecs, from, to, count) {
  const found = [new Float32Array(count), new Float32Array(count)];
  const perColumn = (to - from) / peakSecs / count, pairs = peaks.length >> 1;
  for (let column = 0; column < count; column++) {
    const start = Math.floor(from / peakSecs + column * perColumn);
    const end = Math.min(pairs, Math.max(start + 1, Math.floor(start + perColumn)));
    for (let pair = Math.max(0, start); pair < end; pair++) {
      found[0][column] = Math.max(found[0][column], peaks[2 * pair]);
      found[1][column] = Math.max(found[1][column], peaks[2 * pair + 1]);
    }
    found[0][column] /= 255; found[1][column] /= 255;
  }
  return found;
}
