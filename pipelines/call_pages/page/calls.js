/* The list of calls: what was asked for stands in the address, so that it can be sent on. */

import { clock, h, millis, moment, money, percent, plural, svg } from './words.js';

const $ = (id) => document.getElementById(id);
const PAGE_SIZE = 50;
const form = $('filters');
let offset = 0, newest = 0;

function wanted() {
  const found = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value && value !== '0' && !(name === 'order' && value === 'newest')) found.set(name, value);
  return found;
}

async function show() {
  const number = ++newest, query = wanted();
  history.replaceState(null, '', query.size ? `?${query}` : location.pathname);
  const answer = await fetch(`/calls.json?${query}&offset=${offset}&limit=${PAGE_SIZE}`);
  const found = await answer.json();
  if (number !== newest) return;
  if (!answer.ok) throw new Error(typeof found.detail === 'string' ? found.detail : `The server answered ${answer.status}.`);
  const broken = Object.keys(found.unreadable).length;
  problem([found.warning, broken && `${plural(broken, 'record')} cannot be read: ${Object.values(found.unreadable)[0]}`].filter(Boolean).join(' '));
  choices(form.elements.bot, found.bots);
  choices(form.elements.outcome, found.outcomes);
  totals(found.totals);
  plots(found.days);
  rows(found.calls, found.totals.calls);
  document.body.dataset.state = 'ready';
}

function problem(text) {
  $('problem').textContent = text;
  $('problem').hidden = !text;
}

function choices(select, counted) {
  const chosen = select.value, names = Object.keys(counted);
  if (chosen && !names.includes(chosen)) names.push(chosen);
  select.replaceChildren(h('option', { value: '' }, 'all'), ...names.map((name) => h('option', { value: name }, name)));
  select.value = chosen;
}

function totals(sums) {
  const shown = [
    ['got what they came for', percent(sums.completed, sums.calls), true],
    ['calls', sums.calls], ['median answer', sums.calls ? millis(sums.median_ms) : '–'],
    ['a call costs', sums.calls ? money(sums.dollars / sums.calls) : '–'], ['talked', clock(sums.secs)], ['errors', sums.errors],
  ];
  $('totals').replaceChildren(...shown.map(([name, value, first]) => h('div', { 'data-first': first }, h('b', {}, String(value)), h('span', {}, name))));
}

function plots(days) {
  const shown = days.slice(-60);
  const all = [
    ['calls', (day) => day.calls, (value) => String(value), 'stage-2'],
    ['got what they came for', (day) => (100 * day.completed) / day.calls, (value) => `${Math.round(value)} %`, 'bot'],
    ['median answer', (day) => day.median_ms ?? 0, millis, 'stage-1'],
    ['cost', (day) => day.dollars, money, 'stage-4'],
  ];
  $('plots').hidden = shown.length < 2;
  $('plots').replaceChildren(...all.map(([name, pick, say, colour]) => plot(name, shown, pick, say, colour)));
}

function plot(name, days, pick, say, colour) {
  const most = Math.max(...days.map(pick), 1e-9), wide = 240 / days.length;
  const bars = days.map((day, index) => {
    const tall = Math.max(1, (54 * pick(day)) / most);
    const bar = svg('rect', { x: index * wide + 0.5, y: 56 - tall, width: Math.max(1, Math.min(wide - 1, 18)), height: tall, rx: 1.5 });
    const title = svg('title');
    title.textContent = `${day.day}: ${say(pick(day))}`;
    bar.append(title);
    return bar;
  });
  const drawing = svg('svg', { viewBox: '0 0 240 56', preserveAspectRatio: 'none', role: 'img', 'aria-label': `${name}, day by day; the last ${say(pick(days.at(-1)))}` }, ...bars);
  drawing.style.setProperty('fill', `var(--${colour})`);
  return h('figure', {}, h('figcaption', {}, name, h('b', {}, say(pick(days.at(-1))))), drawing, h('div', { class: 'days' }, h('span', {}, days[0].day), h('span', {}, days.at(-1).day)));
}

function rows(calls, count) {
  $('calls').replaceChildren(...calls.map(row));
  $('none').hidden = calls.length > 0;
  $('range').textContent = count ? `${offset + 1} to ${offset + calls.length} of ${count}` : '';
  $('newer').disabled = offset === 0;
  $('older').disabled = offset + calls.length >= count;
}

function row(call) {
  const bad = ['given up', 'nobody spoke'].includes(call.outcome);
  return h('li', {},
    h('a', { class: 'call', href: `/calls/${encodeURIComponent(call.id)}` },
      h('span', { class: 'outcome', 'data-bad': bad }, call.outcome),
      h('span', { class: 'about' }, h('b', {}, call.title || call.bot), h('span', { class: 'words' }, call.words || 'no words of the caller')),
      h('span', { class: 'flags' }, (call.flags || '').split(' ').filter(Boolean).map((flag) => h('i', { 'data-flag': flag }, flag))),
      h('span', { class: 'numbers' }, cell(moment(call.began), 'when'), cell(clock(call.secs), 'length'), cell(millis(call.median_ms), 'median answer'), cell(money(call.dollars), 'cost'))));
}

const cell = (value, name) => h('span', { title: name }, value);

for (const [name, value] of new URLSearchParams(location.search)) {
  const field = form.elements[name];
  if (!field) continue;
  if (field.tagName === 'SELECT' && ![...field.options].some((option) => option.value === value)) field.append(h('option', { value }, value));
  field.value = value;
}
const failed = (error) => { problem(error.message); document.body.dataset.state = 'failed'; };
const again = () => { offset = 0; show().catch(failed); };
form.addEventListener('change', again);
form.addEventListener('input', (event) => { if (event.target.type === 'search') { clearTimeout(form.later); form.later = setTimeout(again, 200); } });
form.addEventListener('submit', (event) => { event.preventDefault(); again(); });
for (const [id, step] of [['newer', -PAGE_SIZE], ['older', PAGE_SIZE]]) $(id).addEventListener('click', () => { offset = Math.max(0, offset + step); show().catch(failed); });
show().catch(failed);
