/* The page of one call: fetch it (or unpack it from an exported file), draw it, play it. */

import { clock, h, millis, moment, money, plural } from './words.js';
import { lastBefore, shape } from './model.js';
import { TapeView, drawOverview } from './tape.js';
import { costs, legend, waterfalls } from './turns.js';
import { story } from './story.js';

const $ = (id) => document.getElementById(id);

async function load() {
  const packed = $('packed');
  if (packed) {
    // A file has no server to go back to.
    for (const link of document.querySelectorAll('[data-served]')) link.remove();
    const { call, peaks, sound } = JSON.parse(packed.textContent);
    return { call, sound, peaks: Uint8Array.from(atob(peaks), (letter) => letter.charCodeAt(0)) };
  }
  const here = location.pathname;
  const [call, peaks] = await Promise.all([fetch(`${here}.json`), fetch(`${here}/peaks`)]);
  if (!call.ok) throw new Error((await call.json().catch(() => ({}))).detail || `The server answered ${call.status}.`);
  $('export').href = `${here}/export.html`;
  $('export').hidden = false;
  return { call: await call.json(), peaks: new Uint8Array(await peaks.arrayBuffer()), sound: `${here}/call.flac` };
}

function head(call) {
  const { summary, about } = call;
  document.title = `${about.title || about.bot || 'Call'}, ${moment(call.began)}`;
  $('title').textContent = about.title || about.bot || 'Call';
  const facts = [
    ['outcome', summary.outcome], ['when', moment(call.began)], ['length', clock(call.secs)],
    ['turns', summary.turns], ['median answer', millis(summary.median_ms)],
    ['interruptions', summary.interruptions], ['cost', money(call.ledger.dollars)],
    ['ended', summary.why_ended || (call.finished ? '–' : 'the record breaks off here')],
  ];
  $('facts').replaceChildren(...facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, String(value)))));
}

class CallPage {
  constructor({ call, peaks, sound }) {
    Object.assign(this, { call, model: shape(call) });
    this.player = $('player');
    this.player.hidden = !call.sound;
    if (call.sound) this.player.src = sound;
    this.view = new TapeView($('tape'), this.model, peaks, call.peak_secs, {
      onSeek: (secs, mark) => this.go(secs, mark),
      onView: () => drawOverview($('overview'), this.view),
    });
    head(call);
    this.#lists();
    this.#controls();
    this.view.draw();
    drawOverview($('overview'), this.view);
    addEventListener('hashchange', () => this.#fromAddress());
    new ResizeObserver(() => drawOverview($('overview'), this.view)).observe($('overview'));
    this.#fromAddress();
  }

  /** Go to a moment; with a mark, a little before it, and play. */
  go(secs, mark) {
    const from = Math.max(0, mark ? secs - 1 : secs);
    if (mark) this.#explain(mark);
    this.#seek(from);
    if (this.call.sound && (mark || !this.player.paused)) this.player.play().catch(() => {});
    history.replaceState(null, '', `#t=${secs.toFixed(2)}`);
    $('link').hidden = false;
  }

  #seek(secs) {
    if (this.call.sound) this.player.currentTime = secs;
    this.#now(secs, true);
  }

  #now(secs, follow) {
    this.view.at(secs, follow);
    drawOverview($('overview'), this.view);
    $('time').textContent = `${clock(secs, true)} / ${clock(this.model.secs)}`;
    const index = lastBefore(this.lines, secs + 0.05);
    if (index !== this.index) {
      this.lines[this.index]?.node.firstChild.removeAttribute('aria-current');
      const button = this.lines[index]?.node.firstChild;
      button?.setAttribute('aria-current', 'true');
      this.index = index;
      if (button && follow) scrollInto($('story'), button);
    }
  }

  #explain(mark) {
    const rows = Object.entries(mark.event).filter(([name]) => !['at', 'secs', 'wall', 'kind', 'turn', 'why'].includes(name));
    $('detail').replaceChildren(
      h('h3', {}, mark.title), h('p', { class: 'why' }, mark.why || 'no reason was given'),
      h('dl', { class: 'facts' }, [['at', clock(mark.secs, true)], ['turn', mark.turn], ...rows].map(([name, value]) =>
        h('div', {}, h('dt', {}, name), h('dd', {}, typeof value === 'object' ? JSON.stringify(value) : String(value))))));
    $('detail').hidden = false;
  }

  #lists() {
    this.lines = story(this.model, (secs, mark) => this.go(secs, mark));
    $('story').replaceChildren(...this.lines.map((line) => line.node));
    $('turns').replaceChildren(...waterfalls(this.call, (turn) => this.go(Math.max(0, turn.secs - turn.total_ms / 1000))));
    $('no-turns').hidden = this.call.turns.length > 0;
    $('legend').replaceChildren(...legend(this.call));
    $('cost').replaceChildren(...costs(this.call.ledger));
  }

  #controls() {
    const { player } = this;
    $('play').disabled = !this.call.sound;
    $('play').addEventListener('click', () => this.#toggle());
    for (const kind of ['play', 'pause', 'ended']) player.addEventListener(kind, () => { $('play').dataset.playing = String(!player.paused); });
    const tick = () => { if (!player.paused) this.#now(player.currentTime, true); requestAnimationFrame(tick); };
    requestAnimationFrame(tick);
    $('closer').addEventListener('click', () => this.view.zoom(0.5));
    $('wider').addEventListener('click', () => this.view.zoom(2));
    $('speed').addEventListener('change', () => { player.playbackRate = Number($('speed').value); });
    $('link').addEventListener('click', () => navigator.clipboard?.writeText(location.href));
    $('show').addEventListener('change', () => { $('story').dataset.show = $('show').value; });
    const overview = $('overview');
    const pick = (event) => this.view.move((event.offsetX / overview.clientWidth) * this.model.secs - this.view.span / 2);
    overview.addEventListener('pointerdown', (event) => { overview.setPointerCapture(event.pointerId); pick(event); });
    overview.addEventListener('pointermove', (event) => { if (event.buttons) pick(event); });
    addEventListener('keydown', (event) => this.#key(event));
  }

  #toggle() {
    if (this.player.paused) this.player.play().catch(() => {}); else this.player.pause();
  }

  #key(event) {
    if (event.target.closest('input, select, textarea') || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === ' ' && event.target.closest('button')) return;
    const now = this.view.now;
    const act = {
      ' ': () => this.#toggle(), ArrowLeft: () => this.go(now - 5), ArrowRight: () => this.go(Math.min(this.model.secs, now + 5)),
      '+': () => this.view.zoom(0.5), '=': () => this.view.zoom(0.5), '-': () => this.view.zoom(2), Home: () => this.go(0), End: () => this.go(this.model.secs),
      j: () => this.#step(1, () => true), k: () => this.#step(-1, () => true), n: () => this.#step(1, isInterruption), p: () => this.#step(-1, isInterruption),
    }[event.key];
    if (act) { event.preventDefault(); act(); }
  }

  #step(way, fits) {
    const from = this.marked ?? -1;
    const marks = this.model.marks;
    for (let index = from + way; index >= 0 && index < marks.length; index += way) {
      if (fits(marks[index])) { this.marked = index; this.go(marks[index].secs, marks[index]); return; }
    }
  }

  #fromAddress() {
    const secs = Number(/t=([\d.]+)/.exec(location.hash)?.[1]);
    if (!Number.isFinite(secs) || secs > this.model.secs) return;
    this.#seek(secs);
    if (!this.#visible(secs)) this.view.move(secs - this.view.span / 2);
  }

  #visible(secs) { return secs >= this.view.from && secs <= this.view.from + this.view.span; }
}

const isInterruption = (mark) => mark.kind === 'interruption' || (mark.kind === 'overlap' && mark.event.takes_floor);

function scrollInto(box, button) {
  const top = button.offsetTop - box.offsetTop, bottom = top + button.offsetHeight;
  if (top < box.scrollTop || bottom > box.scrollTop + box.clientHeight) box.scrollTop = top - box.clientHeight / 3;
}

load().then(
  (found) => { window.page = new CallPage(found); document.body.dataset.state = 'ready'; },
  (error) => { $('problem').textContent = error.message; $('problem').hidden = false; document.body.dataset.state = 'failed'; },
);
