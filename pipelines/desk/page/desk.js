/** The desk's page: who is logged in, which calls there are, and what is done with one of them. */

import { ask, DeskError, follow } from './api.js';
import { askForNotifications, mayAsk, notify, ring } from './bell.js';
import { Line } from './line.js';
import { chooseTickets, showTickets } from './tickets.js';
import { card, clock, facts, line as lineOf, order } from './views.js';

const $ = (id) => document.getElementById(id);
const PLACEHOLDERS = {
  whisper: 'Only the bot reads this; it heeds it in what it says next',
  say: 'The bot says this to the caller, word for word',
};

let me = null;
let feed = null;
let selected = '';
let line = null;
const calls = new Map();
const cards = new Map();

// ── log-in ──────────────────────────────────────────────────────────────────────────────────────

async function open() {
  try {
    enter(await ask('GET', '/me'));
  } catch (error) {
    document.body.dataset.view = 'login';
    if (error.status !== 401) showLoginProblem(error);
    $('token').focus();
  }
}

function enter(who) {
  me = who;
  $('who').textContent = me.name;
  $('alerts').hidden = !mayAsk();
  document.body.dataset.view = 'desk';
  feed = follow(onEvent, onFeedDown);
  showTickets(showTicketProblem);
}

function showTicketProblem(words) {
  $('ticket-problem').textContent = words;
  $('ticket-problem').hidden = !words;
}

function showLoginProblem(error) {
  $('login-problem').textContent = error.message;
  $('login-problem').hidden = false;
}

async function logOut() {
  hangUp();
  feed?.close();
  await ask('POST', '/logout').catch(() => {});
  location.reload();
}

// ── what happens ────────────────────────────────────────────────────────────────────────────────

function onEvent(event) {
  switch (event.type) {
    case 'calls': return onCalls(event.calls);
    case 'call': return onCall(event.call);
    case 'gone': return onGone(event.id);
    case 'line': return event.id === selected ? addLine(event.line) : undefined;
    case 'ring': return onRing(event);
    case 'packet': return event.id === selected ? showPacket(event.packet) : undefined;
    case 'ticket': return showTickets(showTicketProblem);
    default: return undefined;
  }
}

function onCalls(all) {
  for (const id of [...calls.keys()]) if (!all.some((call) => call.id === id)) onGone(id);
  for (const call of all) calls.set(call.id, call);
  showCalls();
  if (selected) select(selected);
}

function onCall(call) {
  calls.set(call.id, call);
  showCalls();
  if (call.id === selected) showState(call);
}

function onGone(id) {
  calls.delete(id);
  cards.get(id)?.parentElement.remove();
  cards.delete(id);
  showCalls();
  if (id !== selected) return;
  line?.close();
  line = null;
  showListening();
  $('status').textContent = 'The call is over.';
  for (const name of ['listen', 'take', 'hand-back']) $(name).disabled = true;
  $('room').hidden = true;
  $('hand-back').hidden = true;
  $('composer').hidden = true;
}

function onRing({ id, packet }) {
  const call = calls.get(id);
  if (id === selected) showPacket(packet);
  ring();
  $('announce').textContent = `${call?.title ?? 'A caller'} wants a person: ${packet.why}`;
  notify(`${call?.title ?? 'A caller'} wants a person`, packet.why, () => select(id));
}

async function onFeedDown(closed) {
  if (!closed) return;
  // Told no for good: logged out, or the token was taken away.
  try {
    await ask('GET', '/me');
    feed = follow(onEvent, onFeedDown);
  } catch (error) {
    if (error.status) location.reload();
    else setTimeout(() => onFeedDown(true), 2000);
  }
}

// ── what is shown ───────────────────────────────────────────────────────────────────────────────

function showCalls() {
  const list = $('calls');
  for (const [index, call] of order(calls.values()).entries()) {
    let button = cards.get(call.id);
    if (!button) {
      button = card(null, call, false);
      cards.set(call.id, button);
      list.append(document.createElement('li'));
      list.lastElementChild.append(button);
    }
    card(button, call, call.id === selected);
    const item = button.parentElement;
    if (list.children[index] !== item) list.insertBefore(item, list.children[index]);
  }
  const waiting = [...calls.values()].filter(({ state }) => state === 'ringing').length;
  $('no-calls').hidden = calls.size > 0;
  $('count').textContent = calls.size ? `${calls.size} live${waiting ? `, ${waiting} waiting` : ''}` : '';
  document.title = waiting ? `(${waiting}) Downbeat: the desk` : 'Downbeat: the desk';
}

async function select(id) {
  if (id !== selected) hangUp();
  selected = id;
  document.body.dataset.open = 'true';
  showCalls();
  try {
    const { call, lines, packet } = await ask('GET', `/calls/${encodeURIComponent(id)}`);
    if (id !== selected) return;
    $('no-call').hidden = true;
    $('call').hidden = false;
    $('lines').replaceChildren(...lines.map(lineOf));
    $('scroll').scrollTop = $('scroll').scrollHeight;
    showPacket(packet);
    showState(call);
    showProblem('');
  } catch (error) {
    showProblem(error.message);
  }
}

function showState(call) {
  const mine = call.takenBy === me.name;
  $('title').textContent = call.title;
  $('status').textContent = mine ? 'You have the call. The bot is silent.'
    : call.takenBy ? `${call.takenBy} has the call.`
      : call.why.join(', ') || 'The bot has the call.';
  $('listen').disabled = $('hand-back').disabled = false;
  $('take').disabled = Boolean(call.takenBy);
  $('take').hidden = mine;
  $('hand-back').hidden = !mine;
  $('composer').hidden = mine;
  $('room').hidden = !call.room;
  showListening();
  if (!mine && line) line.speak(false);
}

function showListening() {
  $('listen').setAttribute('aria-pressed', String(Boolean(line)));
  $('listen').textContent = line ? 'Listening' : 'Listen';
}

function showPacket(packet) {
  facts($('facts'), packet);
  $('summary').textContent = packet.summary;
  $('summary').hidden = !packet.summary;
}

function addLine(said) {
  const { scrollTop, scrollHeight, clientHeight } = $('scroll');
  $('lines').append(lineOf(said));
  if (scrollHeight - scrollTop - clientHeight < 160) $('scroll').scrollTop = $('scroll').scrollHeight;
}

function showProblem(words) {
  $('problem').textContent = words;
  $('problem').hidden = !words;
}

// ── what the operator does ──────────────────────────────────────────────────────────────────────

async function listen() {
  const id = selected;
  const opened = line = new Line(id);
  opened.addEventListener('voice', ({ detail }) => {
    $('sound').srcObject = detail;
    $('sound').play().catch(() => {});
  });
  opened.addEventListener('lost', () => {
    if (line === opened) line = null;
    showListening();
    if (calls.has(id)) showProblem('Your line into the call was lost.');
  });
  showListening();
  try {
    await opened.connect(me.iceServers);
  } catch (error) {
    opened.close();
    if (line === opened) line = null;
    showListening();
    throw error;
  }
  return opened;
}

async function takeOver() {
  const id = selected;
  $('take').disabled = true;
  // The bot falls silent at once; the line follows, and the microphone is asked for meanwhile.
  await act('take');
  const opened = line ?? await listen();
  try {
    await opened.speak(true);
  } catch {
    await act('hand-back', null, id);
    throw new DeskError('Without a microphone you cannot take a call over.');
  }
}

function hangUp() {
  line?.close();
  line = null;
  $('sound').srcObject = null;
  showListening();
}

const act = (what, body = null, id = selected) =>
  ask('POST', `/calls/${encodeURIComponent(id)}/${what}`, body);

/** Do something, and say what went wrong with it. */
function doing(work) {
  return async (event) => {
    event.preventDefault();
    showProblem('');
    try {
      await work(event);
    } catch (error) {
      showProblem(error.message);
      const call = calls.get(selected);
      if (call) showState(call);
    }
  };
}

$('login').addEventListener('submit', async (event) => {
  event.preventDefault();
  $('login-problem').hidden = true;
  try {
    enter(await ask('POST', '/login', { token: $('token').value }));
    $('token').value = '';
  } catch (error) {
    showLoginProblem(error);
  }
});
$('calls').addEventListener('click', ({ target }) => {
  const id = target.closest('.card')?.dataset.id;
  if (id) select(id);
});
$('listen').addEventListener('click', doing(async () => {
  if (!line) return listen();
  if (calls.get(selected)?.takenBy === me.name) await act('hand-back');
  return hangUp();
}));
$('take').addEventListener('click', doing(takeOver));
$('hand-back').addEventListener('click', doing(async () => {
  await act('hand-back');
  await line?.speak(false);
}));
$('room').addEventListener('click', doing(async () => {
  // Opened at once, while it is still the click's doing; where it leads is known a moment later.
  const tab = window.open('about:blank');
  try {
    const { url } = await act('room');
    if (tab) {
      tab.opener = null;
      tab.location.replace(url);
    } else location.assign(url);
  } catch (error) {
    tab?.close();
    throw error;
  }
}));
$('composer').addEventListener('submit', doing(async () => {
  const text = $('words').value.trim();
  if (!text) return;
  // Emptied at once: whoever types on while this is sent must not lose what they type.
  $('words').value = '';
  try {
    await act(new FormData($('composer')).get('kind'), { text });
  } catch (error) {
    $('words').value ||= text;
    throw error;
  }
}));
$('composer').addEventListener('change', () => {
  $('words').placeholder = PLACEHOLDERS[new FormData($('composer')).get('kind')];
});
$('back').addEventListener('click', () => { document.body.dataset.open = 'false'; });
chooseTickets(showTicketProblem);
$('log-out').addEventListener('click', logOut);
$('alerts').addEventListener('click', async () => {
  await askForNotifications();
  $('alerts').hidden = !mayAsk();
});
addEventListener('pagehide', () => line?.close());
setInterval(() => {
  for (const time of document.querySelectorAll('.since')) {
    time.textContent = clock(Date.now() / 1000 - Number(time.dataset.since));
  }
}, 1000);

open();
