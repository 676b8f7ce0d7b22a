/* The call on its clock: both voices, what was said, what was decided. One canvas, drawn as seen. */

import { clock } from './words.js';
import { columns, lastBefore } from './model.js';

const LANES = { ruler: [0, 22], caller: [26, 58], bot: [88, 58], callerWords: [152, 24], botWords: [180, 24], marks: [212, 30] };
export const TAPE_HEIGHT = 246;
const GLYPHS = { danger: '!', caller: '◆', bot: '▲', tool: '⚙', draft: '✎', cache: '≡', plain: '•' };
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900];
const SHORTEST = 1.5;

/** Draws the call between `from` and `from + span`; tells `onSeek(secs)` and `onView()`. */
export class TapeView {
  constructor(canvas, model, peaks, peakSecs, { onSeek, onView }) {
    Object.assign(this, { canvas, model, peaks, peakSecs, onSeek, onView, now: 0, from: 0 });
    this.span = Math.min(model.secs, 60);
    this.pen = canvas.getContext('2d');
    this.#listen();
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  /** Show another stretch; `around` keeps its place on the screen. */
  zoom(factor, around = this.now) {
    const span = Math.min(this.model.secs, Math.max(SHORTEST, this.span * factor));
    const share = (around - this.from) / this.span;
    this.span = span;
    this.move(around - (share >= 0 && share <= 1 ? share : 0.5) * span);
  }

  move(from) {
    this.from = Math.max(0, Math.min(from, this.model.secs - this.span));
    this.draw();
    this.onView();
  }

  /** The moment that is heard now; the view follows it. */
  at(secs, follow) {
    this.now = secs;
    const outside = secs < this.from || secs > this.from + this.span * 0.92;
    if (follow && outside) this.move(secs - this.span * 0.15); else this.draw();
  }

  secsAt(x) { return this.from + (x / this.canvas.clientWidth) * this.span; }
  x(secs) { return ((secs - this.from) / this.span) * this.canvas.clientWidth; }

  draw() {
    const width = this.canvas.clientWidth, ratio = devicePixelRatio || 1;
    if (!width) return;
    if (this.canvas.width !== Math.round(width * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(TAPE_HEIGHT * ratio);
    }
    const style = getComputedStyle(this.canvas);
    this.colour = (name) => style.getPropertyValue(`--${name}`).trim();
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.pen.clearRect(0, 0, width, TAPE_HEIGHT);
    this.#turns(width);
    this.#ruler(width);
    this.#voices(width);
    this.#words();
    this.#marks();
    this.#now();
  }

  #turns() {
    const [top] = LANES.caller;
    for (const turn of this.model.turns) {
      const from = this.x(turn.secs - (turn.total_ms || 0) / 1000), to = this.x(turn.secs);
      if (to < 0 || from > this.canvas.clientWidth) continue;
      this.pen.fillStyle = this.colour(Object.keys(turn.over || {}).length ? 'danger-soft' : 'sunken');
      this.pen.fillRect(from, top, Math.max(1, to - from), TAPE_HEIGHT - top);
    }
  }

  #ruler(width) {
    const step = STEPS.find((each) => (each / this.span) * width > 64) || STEPS.at(-1);
    this.#font(11);
    this.pen.textBaseline = 'middle';
    for (let secs = Math.ceil(this.from / step) * step; secs < this.from + this.span; secs += step) {
      const x = Math.round(this.x(secs)) + 0.5;
      this.pen.fillStyle = this.colour('line');
      this.pen.fillRect(x, 16, 1, TAPE_HEIGHT - 16);
      this.pen.fillStyle = this.colour('ink-3');
      this.pen.fillText(clock(secs, step < 1), x + 4, 9);
    }
  }

  #voices(width) {
    const count = Math.max(1, Math.floor(width / 2));
    const sides = columns(this.peaks, this.peakSecs, this.from, this.from + this.span, count);
    for (const [side, name] of [[0, 'caller'], [1, 'bot']]) {
      const [top, height] = LANES[name], middle = top + height / 2;
      this.pen.fillStyle = this.colour(name);
      for (let column = 0; column < count; column++) {
        // The root shows quiet speech too.
        const tall = Math.max(0.75, Math.sqrt(sides[side][column]) * height * 0.5);
        this.pen.globalAlpha = tall > 1 ? 1 : 0.35;
        this.pen.fillRect(column * 2, middle - tall, 1.5, 2 * tall);
      }
      this.pen.globalAlpha = 1;
    }
  }

  #words() {
    this.#font(12);
    for (const said of this.model.utterances) {
      const [top, height] = LANES[said.who === 'caller' ? 'callerWords' : 'botWords'];
      const from = this.x(said.from), wide = Math.max(3, this.x(said.to) - from);
      if (from > this.canvas.clientWidth || from + wide < 0) continue;
      this.pen.fillStyle = this.colour(`${said.who}-soft`);
      this.pen.beginPath();
      this.pen.roundRect(from, top, wide, height, 5);
      this.pen.fill();
      if (wide < 24) continue;
      this.pen.save();
      this.pen.clip();
      this.pen.fillStyle = this.colour('ink');
      this.pen.fillText(said.text, Math.max(from, 0) + 7, top + height / 2 + 0.5);
      this.pen.restore();
    }
  }

  /** Where a mark is drawn: whole, also at the ends of the call. */
  #markX(mark) {
    const x = this.x(mark.secs), last = this.canvas.clientWidth - 10;
    return Math.abs(x - last) < 14 ? Math.min(x, last) : Math.abs(x - 10) < 14 ? Math.max(x, 10) : x;
  }

  #marks() {
    const [top, height] = LANES.marks, middle = top + height / 2;
    this.#font(11, 700);
    this.pen.textAlign = 'center';
    let last = -99;
    for (const mark of this.#seen()) {
      const x = this.#markX(mark);
      this.pen.fillStyle = this.colour(toneColour(mark.tone));
      if (x - last < 15 && mark.tone !== 'danger') { this.pen.fillRect(x - 1, middle + 11, 2, 4); continue; }
      last = x;
      this.pen.beginPath();
      this.pen.arc(x, middle, 9, 0, 7);
      this.pen.fill();
      this.pen.fillStyle = this.colour('on-strong');
      this.pen.fillText(GLYPHS[mark.tone] || '•', x, middle + 0.5);
      if (mark.tone === 'danger') { this.pen.fillStyle = this.colour('danger'); this.pen.fillRect(x - 0.5, LANES.caller[0], 1, middle - 9 - LANES.caller[0]); }
    }
    this.pen.textAlign = 'start';
  }

  #seen() {
    const marks = this.model.marks;
    const found = marks.slice(Math.max(0, lastBefore(marks, this.from)), lastBefore(marks, this.from + this.span) + 1);
    // What matters most is drawn where there is room for one only.
    return found;
  }

  #now() {
    const x = this.x(this.now);
    this.pen.fillStyle = this.colour('ink');
    this.pen.fillRect(x - 0.75, 14, 1.5, TAPE_HEIGHT - 14);
    this.pen.beginPath();
    this.pen.arc(x, 16, 4, 0, 7);
    this.pen.fill();
  }

  #font(size, weight = 500) {
    this.pen.font = `${weight} ${size}px ${getComputedStyle(this.canvas).fontFamily}`;
    this.pen.textBaseline = 'middle';
  }

  /** The mark under a point of the canvas, if there is one. */
  markAt(x, y) {
    const [top, height] = LANES.marks;
    if (y < top || y > top + height) return null;
    const near = this.#seen().map((mark) => [Math.abs(this.#markX(mark) - x), mark]).filter(([away]) => away < 11);
    near.sort((a, b) => a[0] - b[0]);
    return near.length ? near[0][1] : null;
  }

  #listen() {
    let drag = null;
    const { canvas } = this;
    canvas.addEventListener('pointerdown', (event) => { drag = { x: event.offsetX, from: this.from, moved: false }; canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener('pointermove', (event) => {
      canvas.title = this.markAt(event.offsetX, event.offsetY)?.why || '';
      if (!drag) return;
      drag.moved ||= Math.abs(event.offsetX - drag.x) > 4;
      if (drag.moved) this.move(drag.from - ((event.offsetX - drag.x) / canvas.clientWidth) * this.span);
    });
    canvas.addEventListener('pointerup', (event) => {
      const clicked = drag && !drag.moved;
      drag = null;
      if (!clicked) return;
      const mark = this.markAt(event.offsetX, event.offsetY);
      this.onSeek(mark ? mark.secs : this.secsAt(event.offsetX), mark);
    });
    canvas.addEventListener('pointercancel', () => { drag = null; });
    canvas.addEventListener('wheel', (event) => {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (!event.ctrlKey && !event.metaKey && !sideways) return;
      event.preventDefault();
      if (sideways) this.move(this.from + (event.deltaX / canvas.clientWidth) * this.span);
      else this.zoom(Math.exp(event.deltaY / 200), this.secsAt(event.offsetX));
    }, { passive: false });
  }
}

export const toneColour = (tone) => ({ danger: 'danger', caller: 'caller', bot: 'bot', tool: 'stage-1', draft: 'stage-4', cache: 'stage-6' }[tone] || 'ink-3');

/** The whole call, small, with the part that the large view shows. */
export function drawOverview(canvas, view) {
  const width = canvas.clientWidth, height = canvas.clientHeight, ratio = devicePixelRatio || 1;
  if (!width) return;
  canvas.width = width * ratio; canvas.height = height * ratio;
  const pen = canvas.getContext('2d'), style = getComputedStyle(canvas);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  pen.scale(ratio, ratio);
  const [caller, bot] = columns(view.peaks, view.peakSecs, 0, view.model.secs, Math.floor(width / 2));
  for (const [side, name, way] of [[caller, 'caller', -1], [bot, 'bot', 1]]) {
    pen.fillStyle = colour(name);
    side.forEach((peak, column) => pen.fillRect(column * 2, height / 2, 1.5, way * Math.sqrt(peak) * (height / 2 - 3)));
  }
  pen.fillStyle = colour('danger');
  for (const mark of view.model.marks) if (mark.tone === 'danger') pen.fillRect((mark.secs / view.model.secs) * width - 1, 0, 2, 4);
  const x = (view.from / view.model.secs) * width, wide = Math.max(6, (view.span / view.model.secs) * width);
  pen.strokeStyle = colour('ink-2');
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.roundRect(x + 1, 1, wide - 2, height - 2, 5);
  pen.stroke();
  pen.fillStyle = colour('ink');
  pen.fillRect((view.now / view.model.secs) * width - 0.5, 0, 1, height);
}
