/**
 * The talk page: choose a bot, call it, talk or type, see what is said and how long answers took.
 *
 *   phase (body[data-phase]):       choosing ─▶ connecting ─▶ live ─▶ ended │ failed
 *   activity (body[data-activity]): idle · connecting · listening · hearing · thinking ·
 *                                   speaking · ended · failed
 */

import { Captions } from './captions.js';
import { LatencyBars, median, readLatency } from './latency.js';
import { Orb } from './orb.js';
import { Call, CallError, listBots } from './rtvi.js';

const MIC = { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } };
const SAYS = {
  idle: 'Nobody on the line',
  connecting: 'Calling…',
  listening: 'Listening',
  hearing: 'Hearing you',
  thinking: 'Thinking',
  speaking: 'Speaking',
  ended: 'Call ended',
  failed: 'Not connected',
};

const $ = (id) => document.getElementById(id);
const captions = new Captions($('captions'), $('scroll'), $('announce'));
const latency = new LatencyBars();
const orb = new Orb($('orb'));

let bots = [];
let call = null;
let bot = null;
let muted = false;
let wantsMic = true;
let waitingLatency = null; // arrived before the first caption of its turn
let typedAt = 0; // when the message was sent that the bot has not answered yet
let startedAt = 0;
let clock = 0;

// ── phases ──────────────────────────────────────────────────────────────────────────────────────

function enter(phase) {
  document.body.dataset.phase = phase;
  $('words').disabled = phase !== 'live';
  $('send').disabled = phase !== 'live' || !$('words').value.trim();
  $('after').hidden = phase !== 'ended' || !startedAt;
  $('problem').hidden = phase !== 'failed';
}

function act(activity) {
  document.body.dataset.activity = activity;
  orb.mood = { hearing: 'listening', failed: 'ended' }[activity] ?? activity;
  const text = activity === 'listening' && !call?.mic ? 'Your turn' : SAYS[activity];
  if ($('state').textContent !== text) $('state').textContent = text;
}

function hint(text) { $('hint').textContent = text; }

// ── before the call ─────────────────────────────────────────────────────────────────────────────

async function showBots() {
  try {
    bots = await listBots();
  } catch (error) {
    notice(error.message);
    return;
  }
  $('bots').replaceChildren(...bots.map((one, index) => botCard(one, index === 0)));
  const wanted = new URLSearchParams(location.search).get('bot');
  const card = [...$('bots').querySelectorAll('input')].find(({ value }) => value === wanted);
  if (card) card.checked = true;
  $('talk').disabled = $('type').disabled = bots.length === 0;
  if (!bots.length) notice('No bot is installed on this server.');
}

function botCard({ name, title, description }, chosen) {
  const card = document.createElement('label');
  card.className = 'bot';
  const radio = Object.assign(document.createElement('input'), {
    type: 'radio', name: 'bot', value: name, checked: chosen,
  });
  const initial = Object.assign(document.createElement('span'), { className: 'initial', textContent: title.slice(0, 1) });
  initial.setAttribute('aria-hidden', 'true');
  const words = document.createElement('span');
  words.className = 'words';
  words.append(
    Object.assign(document.createElement('strong'), { textContent: title }),
    Object.assign(document.createElement('span'), { textContent: description }),
  );
  card.append(radio, initial, words);
  return card;
}

function notice(text) {
  $('notice').textContent = text;
  $('notice').hidden = !text;
}

function choose() {
  call = null;
  enter('choosing');
  act('idle');
  $('with').textContent = '';
  $('bots').querySelector('input:checked')?.focus({ preventScroll: true });
}

// ── the call ────────────────────────────────────────────────────────────────────────────────────

async function begin({ withMic }) {
  wantsMic = withMic;
  const name = new FormData($('chooser')).get('bot');
  bot = bots.find((one) => one.name === name) ?? bots[0];
  captions.clear(bot.title);
  latency.clear();
  waitingLatency = null;
  startedAt = typedAt = 0;
  $('empty').hidden = false;
  $('with').textContent = bot.title;
  $('timer').textContent = '0:00';
  setMuted(false);
  hint('');
  enter('connecting');
  act('connecting');
  const mic = withMic ? await openMic() : null;
  showMic(Boolean(mic));
  if (document.body.dataset.phase !== 'connecting') {
    for (const track of mic?.getTracks() ?? []) track.stop(); // hung up while the browser still asked
    return;
  }
  call = listenTo(new Call());
  await call.connect(bot.name, mic);
}

async function openMic() {
  try {
    if (!navigator.mediaDevices) throw new DOMException('', 'NotSupportedError');
    const mic = await navigator.mediaDevices.getUserMedia(MIC);
    orb.listen('caller', mic);
    return mic;
  } catch (error) {
    hint(whyNoMic(error.name));
    return null;
  }
}

function whyNoMic(name) {
  if (name === 'NotAllowedError') return 'The microphone is blocked, so type below. To talk, allow it in the address bar.';
  if (name === 'NotFoundError') return 'No microphone was found, so type below.';
  if (name === 'NotSupportedError') return 'The browser gives a microphone only to https pages, so type below.';
  return 'The microphone cannot be used just now, so type below.';
}

function listenTo(made) {
  const on = (type, handle) => made.addEventListener(type, ({ detail }) => call === made && handle(detail));
  on('state', onState);
  on('voice', (stream) => {
    $('voice').srcObject = stream;
    orb.listen('bot', stream);
  });
  on('user-input', (input) => {
    $('empty').hidden = true;
    captions.userInput(input);
  });
  on('bot-output', (output) => {
    $('empty').hidden = true;
    captions.botOutput(output);
    showLatency();
  });
  on('bot-interrupted', () => captions.interrupted());
  on('user-started-speaking', () => {
    typedAt = 0;
    act('hearing');
  });
  on('user-stopped-speaking', () => {
    captions.turnEnded();
    act('thinking');
  });
  on('bot-llm-started', () => document.body.dataset.activity !== 'speaking' && act('thinking'));
  on('bot-started-speaking', () => {
    act('speaking');
    if (call.mic) hint('');
    // The server measures from the end of speech; of what was typed only this page knows the start.
    if (typedAt) waitingLatency = { turn: 0, totalMs: performance.now() - typedAt, stages: [] };
    typedAt = 0;
    showLatency();
  });
  on('bot-stopped-speaking', () => act('listening'));
  on('llm-function-call-in-progress', () => hint('Looking that up…'));
  on('llm-function-call-stopped', () => hint(''));
  on('error', () => hint('Something went wrong on the other side.'));
  on('server-message', (data) => {
    waitingLatency = readLatency(data) ?? waitingLatency;
    showLatency();
  });
  return made;
}

/** The message may overtake the first caption of its own turn: it waits for a turn without a bar. */
function showLatency() {
  const turn = captions.newestBotTurn();
  if (!waitingLatency || !turn || turn.querySelector('.latency') || turn.nextElementSibling) return;
  latency.show(turn, waitingLatency);
  waitingLatency = null;
  captions.follow();
}

function onState({ state, error }) {
  if (state === 'live') {
    startedAt = Date.now();
    clock = setInterval(tick, 500);
    enter('live');
    act('listening');
    if (!call.mic) $('words').focus({ preventScroll: true });
  } else if (state === 'ended' || state === 'failed') {
    over(state, error);
  }
}

function over(state, error) {
  clearInterval(clock);
  orb.forget();
  $('voice').srcObject = null;
  captions.interrupted();
  act(state);
  if (state === 'failed') {
    hint('');
    $('empty').hidden = true;
    $('problem-text').textContent = problem(error);
    enter('failed');
    $('retry').focus({ preventScroll: true });
    return;
  }
  hint('');
  if (!startedAt) {
    choose();
    return;
  }
  enter('ended');
  $('summary').textContent = summary();
  captions.toEnd();
  $('summary').focus({ preventScroll: true });
}

function problem(error) {
  if (!(error instanceof CallError)) return 'The call could not be set up. Please try again.';
  const { message, retryAfter } = error;
  return retryAfter ? `${message} Try again in about ${retryAfter} s.` : message;
}

function summary() {
  const answers = latency.totals;
  const length = `${$('timer').textContent} on the line`;
  if (!answers.length) return length;
  const ms = Math.round(median(answers));
  return answers.length === 1
    ? `${length}, answered in ${ms} ms`
    : `${length}, ${answers.length} answers, typically in ${ms} ms`;
}

function tick() {
  const secs = Math.floor((Date.now() - startedAt) / 1000);
  $('timer').textContent = `${Math.floor(secs / 60)}:${String(secs % 60).padStart(2, '0')}`;
}

// ── microphone ──────────────────────────────────────────────────────────────────────────────────

function showMic(open) {
  document.body.dataset.mic = open ? 'open' : 'none';
  $('mute').setAttribute('aria-pressed', String(muted));
  $('mute-label').textContent = open ? (muted ? 'Unmute' : 'Mute') : 'Talk';
}

function setMuted(on) {
  muted = on;
  document.body.dataset.muted = String(on);
  call?.setMuted(on);
  showMic(Boolean(call?.mic));
}

async function onMute() {
  if (call?.mic) {
    setMuted(!muted);
    return;
  }
  hint('');
  const current = call;
  const mic = await openMic();
  if (!mic || current !== call || call?.state !== 'live') return;
  await call.addMic(mic);
  setMuted(false);
  act('listening');
}

// ── what the person does ────────────────────────────────────────────────────────────────────────

$('chooser').addEventListener('submit', (event) => {
  event.preventDefault();
  begin({ withMic: true });
});
$('type').addEventListener('click', () => begin({ withMic: false }));
$('mute').addEventListener('click', onMute);
$('hang-up').addEventListener('click', () => (call ? call.hangUp() : over('ended')));
$('again').addEventListener('click', () => begin({ withMic: wantsMic }));
$('retry').addEventListener('click', () => begin({ withMic: wantsMic }));
$('other').addEventListener('click', choose);
$('words').addEventListener('input', () => { $('send').disabled = !$('words').value.trim(); });
$('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = $('words').value.trim();
  if (!text || call?.state !== 'live') return;
  $('empty').hidden = true;
  captions.typed(call.sendText(text), text);
  typedAt = performance.now();
  $('words').value = '';
  $('send').disabled = true;
  act('thinking');
});
addEventListener('pagehide', () => call?.hangUp());

enter('choosing');
act('idle');
showBots();
