/**
 * What the desk shows: a card for each call, the lines of one, and what one has to know of it.
 *
 * Callers' and operators' words are only ever set as text, so nobody's words become mark-up.
 */

const WHO = { caller: 'Caller', bot: 'Bot', colleague: 'Colleague', note: '' };
const STATES = { bot: 'With the bot', ringing: 'Wants a person' };

/** Minutes and seconds. */
export function clock(secs) {
  const whole = Math.max(0, Math.floor(secs));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** Those who wait for a person first, then the worst, then the longest. */
export function order(calls) {
  const urgency = { hand_over: 3, offer: 2, watch: 1, calm: 0 };
  const rank = ({ state, level }) => (state === 'ringing' ? 10 : urgency[level] ?? 0);
  return [...calls].sort((a, b) => rank(b) - rank(a) || a.since - b.since);
}

/** A call in the list; the same element is kept while it changes. */
export function card(button, call, selected) {
  button ??= build();
  const at = (name) => button.querySelector(`.${name}`);
  button.dataset.id = call.id;
  button.dataset.level = call.level;
  button.dataset.state = call.state;
  button.setAttribute('aria-current', String(selected));
  at('bot').textContent = call.title;
  at('since').dataset.since = call.since;
  at('since').textContent = clock(Date.now() / 1000 - call.since);
  at('state').textContent = call.takenBy ? `With ${call.takenBy}` : STATES[call.state] ?? call.state;
  const mood = call.mood <= -0.4 ? 'bad' : call.mood >= 0.4 ? 'good' : 'even';
  at('mood').dataset.mood = mood;
  at('mood').textContent = { bad: 'tone: sharp', good: 'tone: friendly', even: 'tone: even' }[mood];
  at('why').textContent = call.why.join(', ');
  at('last').textContent = call.last ? `${WHO[call.last.who]}: ${call.last.text}` : '';
  return button;
}

function build() {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'card';
  const tags = span('tags');
  tags.append(span('tag state'), span('tag mood'));
  const time = document.createElement('time');
  time.className = 'since';
  button.append(span('bot'), time, tags, span('why'), span('last'));
  return button;
}

/** One line of a call. */
export function line(said) {
  const item = document.createElement('li');
  item.dataset.who = said.who;
  const by = span('by', WHO[said.who]);
  const time = document.createElement('time');
  time.textContent = clock(said.at_secs);
  by.append(time);
  const words = document.createElement('p');
  words.textContent = said.text;
  item.append(by, words);
  return item;
}

/** What a person has to know, as terms and descriptions; nothing for what is unknown. */
export function facts(list, packet) {
  const known = Object.entries(packet.known).map(([name, value]) => `${name.replaceAll('_', ' ')}: ${value}`);
  const rows = [
    ['Why now', packet.why],
    ['Who', packet.who],
    ['Wants', packet.wants],
    ['Known', known.join(', ')],
    ['Tried', packet.tried.map((name) => name.replaceAll('_', ' ')).join(', ')],
  ];
  list.replaceChildren(...rows.filter(([, value]) => value).flatMap(([name, value]) => {
    const term = document.createElement('dt');
    term.textContent = name;
    const description = document.createElement('dd');
    description.textContent = value;
    return [term, description];
  }));
}

function span(className, text = '') {
  const element = document.createElement('span');
  element.className = className;
  element.textContent = text;
  return element;
}
