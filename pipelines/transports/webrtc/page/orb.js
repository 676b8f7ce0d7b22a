/**
 * A ring that both voices move: the bot's from within, the caller's outward.
 *
 * Nothing here is needed to hold a call; it only shows that one is heard.
 */

const BARS = 84;
const FEW_BARS = 36; // in a small ring more would blur into one
const SMALL_PX = 140;
const STILL_FPS = 5; // where motion is unwelcome the levels still show, without swing

export class Orb {
  #canvas;
  #draw;
  #audio = null;
  #ears = { bot: null, caller: null };
  #bars = BARS;
  #heights = new Float32Array(BARS);
  #glow = 0;
  #mood = 'idle';
  #calm = matchMedia('(prefers-reduced-motion: reduce)');
  #colours = {};
  #last = 0;

  constructor(canvas) {
    this.#canvas = canvas;
    this.#draw = canvas.getContext('2d');
    this.#readColours();
    new ResizeObserver(() => this.#fit()).observe(canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#readColours());
    requestAnimationFrame((now) => this.#frame(now));
  }

  /** idle | connecting | listening | thinking | speaking | ended */
  set mood(mood) { this.#mood = mood; }

  /** Follow a stream's loudness. @param {'bot'|'caller'} who @param {MediaStream} stream */
  listen(who, stream) {
    this.#audio ??= new AudioContext();
    this.#audio.resume();
    const analyser = this.#audio.createAnalyser();
    analyser.fftSize = 512;
    analyser.smoothingTimeConstant = 0.6;
    this.#audio.createMediaStreamSource(stream).connect(analyser);
    this.#ears[who] = { analyser, bins: new Uint8Array(analyser.frequencyBinCount) };
  }

  forget() {
    this.#ears = { bot: null, caller: null };
    this.#audio?.close();
    this.#audio = null;
  }

  /** One canvas pixel for each pixel of the screen. */
  #fit() {
    const width = this.#canvas.clientWidth;
    this.#canvas.width = this.#canvas.height = Math.round(width * devicePixelRatio) || 1;
    this.#bars = width < SMALL_PX ? FEW_BARS : BARS;
  }

  #readColours() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ['bot', 'caller', 'bot-soft', 'line', 'line-strong']) {
      this.#colours[name] = style.getPropertyValue(`--${name}`).trim();
    }
  }

  #frame(now) {
    requestAnimationFrame((next) => this.#frame(next));
    if (this.#calm.matches && now - this.#last < 1000 / STILL_FPS) return;
    this.#last = now;
    const caller = spectrum(this.#ears.caller);
    const bot = loudness(this.#ears.bot);
    const ease = this.#calm.matches ? 1 : 0.35;
    this.#glow += (bot - this.#glow) * ease;
    const half = this.#bars / 2;
    for (let i = 0; i < this.#bars; i += 1) {
      // Mirrored, so that the ring closes without a seam.
      const bin = Math.floor((Math.abs(i - half) / half) ** 1.6 * (caller.length - 1));
      this.#heights[i] += ((caller[bin] ?? 0) - this.#heights[i]) * ease;
    }
    this.#paint(this.#calm.matches ? 0 : now / 1000);
  }

  #paint(secs) {
    const ctx = this.#draw;
    const size = this.#canvas.width;
    const centre = size / 2;
    const radius = size * (0.315 + Math.sin(secs * 1.6) * 0.006);
    ctx.clearRect(0, 0, size, size);
    this.#disc(ctx, centre, radius, secs);
    this.#ring(ctx, centre, radius, secs);
  }

  /** The bot's voice: a disc that swells. */
  #disc(ctx, centre, radius, secs) {
    const live = this.#mood !== 'ended';
    const swell = radius * (0.62 + this.#glow * 0.2);
    const { bot, 'bot-soft': soft } = this.#colours;
    ctx.globalAlpha = live ? 1 : 0.6;
    ctx.fillStyle = soft;
    ctx.beginPath();
    ctx.arc(centre, centre, radius * (0.86 + this.#glow * 0.1), 0, Math.PI * 2);
    ctx.fill();
    const shade = ctx.createLinearGradient(centre, centre - swell, centre, centre + swell);
    shade.addColorStop(0, bot);
    shade.addColorStop(1, mix(bot, 0.72));
    ctx.globalAlpha = live ? 0.95 : 0.35;
    ctx.fillStyle = shade;
    blob(ctx, centre, swell, this.#glow * 0.04, secs);
    ctx.fill();
    ctx.globalAlpha = 1;
  }

  /** The caller's voice: bars that stand on the ring; while the bot thinks a light runs around it. */
  #ring(ctx, centre, radius, secs) {
    const waiting = this.#mood === 'thinking' || this.#mood === 'connecting';
    const head = (secs * 0.55) % 1;
    ctx.lineCap = 'round';
    ctx.lineWidth = radius * (this.#bars === BARS ? 0.028 : 0.07);
    for (let i = 0; i < this.#bars; i += 1) {
      const turn = i / this.#bars;
      const angle = turn * Math.PI * 2 - Math.PI / 2;
      const height = this.#mood === 'idle' ? beckoning(turn, secs) : this.#heights[i];
      const behind = (head - turn + 1) % 1;
      const light = waiting ? Math.max(0, 1 - behind * 3) : 0;
      const from = radius * 1.06;
      const to = from + radius * (0.02 + height * 0.42 + light * 0.05);
      const voiced = height > 0.06;
      ctx.strokeStyle = voiced ? this.#colours.caller : light > 0 ? this.#colours.bot : this.#colours['line-strong'];
      ctx.globalAlpha = voiced ? 0.55 + height * 0.45 : 0.5 + light * 0.5;
      ctx.beginPath();
      ctx.moveTo(centre + Math.cos(angle) * from, centre + Math.sin(angle) * from);
      ctx.lineTo(centre + Math.cos(angle) * to, centre + Math.sin(angle) * to);
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
  }
}

/** Loudness of speech bands, each 0 to 1, low to high. */
function spectrum(ear) {
  if (!ear) return [];
  ear.analyser.getByteFrequencyData(ear.bins);
  return Array.from(ear.bins.subarray(1, 40), (value) => Math.max(0, value / 255 - 0.25) / 0.75);
}

/** Loudness, 0 to 1. */
function loudness(ear) {
  const bands = spectrum(ear);
  if (!bands.length) return 0;
  return Math.min(1, (bands.reduce((all, one) => all + one, 0) / bands.length) * 2.2);
}

/** The ring before a call: a slow wave that shows where voices will be. */
function beckoning(turn, secs) {
  const angle = turn * Math.PI * 2;
  const wave = Math.sin(angle * 3 + secs * 0.7) * Math.sin(angle * 5 - secs * 0.4);
  return 0.14 + 0.3 * Math.max(0, wave);
}

/** A circle whose edge waves a little. */
function blob(ctx, centre, radius, wave, secs) {
  ctx.beginPath();
  for (let step = 0; step <= 72; step += 1) {
    const angle = (step / 72) * Math.PI * 2;
    const swing = 1 + wave * (Math.sin(angle * 3 + secs * 2.4) + Math.sin(angle * 5 - secs * 1.7)) * 0.5;
    ctx.lineTo(centre + Math.cos(angle) * radius * swing, centre + Math.sin(angle) * radius * swing);
  }
  ctx.closePath();
}

/** A #rrggbb colour, darker by `share`. */
function mix(hex, share) {
  const parts = hex.match(/[0-9a-f]{2}/gi) ?? [];
  return `rgb(${parts.map((part) => Math.round(parseInt(part, 16) * share)).join(' ')})`;
}
