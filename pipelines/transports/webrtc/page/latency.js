/**
 * How long an answer took, and where the time went: one bar for each turn, all on one scale.
 *
 * Fed by the server's message {"type": "turn-latency", "turn": n, "total_ms": …,
 * "stages": [{"name", "ms"}…]}: the page's own clock cannot see inside the bot.
 */

const WIDE = matchMedia('(min-width: 52rem)');
const FULL_MS = 1500; // the width of a bar; what takes longer fills it

/** A well-formed message, or null: {turn, totalMs, stages: [{name, ms}]}. */
export function readLatency(data) {
  if (data?.type !== 'turn-latency' || !Number.isFinite(data.total_ms)) return null;
  const stages = Array.isArray(data.stages) ? data.stages : [];
  return {
    turn: Number(data.turn) || 0,
    totalMs: data.total_ms,
    stages: stages
      .filter((one) => typeof one?.name === 'string' && one.ms >= 0 && Number.isFinite(one.ms))
      .map(({ name, ms }) => ({ name, ms })),
  };
}

/** The middle of some numbers; 0 of none. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  if (!sorted.length) return 0;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

export class LatencyBars {
  #hues = new Map(); // stage name -> its colour's number, the same in every turn
  #totals = [];
  #newest = null;

  get totals() { return this.#totals; }

  clear() {
    this.#hues.clear();
    this.#totals = [];
    this.#newest = null;
  }

  /** Show one answer's time under the bot's turn. */
  show(turn, { totalMs, stages }) {
    this.#totals.push(totalMs);
    turn.querySelector('details.latency')?.remove();
    const details = element('details', 'latency');
    const summary = element('summary');
    summary.append(
      element('span', 'total', `${Math.round(totalMs)} ms`),
      this.#bar(stages, totalMs),
      element('span', 'unseen', 'to answer; show where the time went'),
    );
    details.append(summary, this.#table(stages));
    // With room to spare the newest answer is shown in full, until the next one.
    this.#newest?.removeAttribute('open');
    details.open = WIDE.matches;
    this.#newest = details;
    turn.append(details);
  }

  #bar(stages, totalMs) {
    const bar = element('span', 'track');
    bar.setAttribute('aria-hidden', 'true');
    const sum = stages.reduce((all, { ms }) => all + ms, 0) || 1;
    const width = Math.min(1, totalMs / FULL_MS);
    if (!stages.length) bar.append(this.#whole(width));
    for (const { name, ms } of stages) {
      const part = element('span', `part hue-${this.#hue(name)}`);
      part.style.setProperty('--share', `${((ms / sum) * width * 100).toFixed(2)}%`);
      bar.append(part);
    }
    return bar;
  }

  /** An answer of which only the whole is known. */
  #whole(width) {
    const part = element('span', 'part whole');
    part.style.setProperty('--share', `${(width * 100).toFixed(2)}%`);
    return part;
  }

  #table(stages) {
    if (!stages.length) return element('p', 'stages', 'From your message to the first sound, measured on this page.');
    const list = element('dl', 'stages');
    for (const { name, ms } of stages) {
      const row = element('div', `hue-${this.#hue(name)}`);
      row.append(element('dt', '', name), element('dd', '', `${Math.round(ms)} ms`));
      list.append(row);
    }
    return list;
  }

  #hue(name) {
    if (!this.#hues.has(name)) this.#hues.set(name, (this.#hues.size % 6) + 1);
    return this.#hues.get(name);
  }
}

function element(tag, className = '', text = '') {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
