/** The list of tickets: who is to be called back, about what; open ones, or those that are done. */

import { ask } from './api.js';
import { facts, line as lineOf } from './views.js';

const $ = (id) => document.getElementById(id);
const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'short' });

let done = false;

/** Ask for the tickets and show them; `onProblem` is told what went wrong. */
export async function showTickets(onProblem) {
  const wanted = done;
  try {
    const tickets = await ask('GET', `/tickets?done=${wanted}`);
    if (wanted !== done) return;
    const opened = new Set([...$('tickets').querySelectorAll('details[open]')].map(({ dataset }) => dataset.id));
    $('tickets').replaceChildren(...tickets.map((ticket) => item(ticket, opened.has(ticket.id), onProblem)));
    $('no-tickets').hidden = tickets.length > 0;
    $('no-tickets').textContent = wanted ? 'Nothing was done yet.' : 'Nobody waits for a call back.';
  } catch (error) {
    onProblem(error.message);
  }
}

/** Have the buttons above the list choose between open and done. */
export function chooseTickets(onProblem) {
  for (const [id, chosen] of [['tickets-open', false], ['tickets-done', true]]) {
    $(id).addEventListener('click', () => {
      done = chosen;
      $('tickets-open').setAttribute('aria-pressed', String(!done));
      $('tickets-done').setAttribute('aria-pressed', String(done));
      showTickets(onProblem);
    });
  }
}

function item(ticket, open, onProblem) {
  const details = make('details', 'ticket');
  details.dataset.id = ticket.id;
  details.open = open;
  const summary = make('summary');
  const time = make('time', '', WHEN.format(new Date(ticket.at * 1000)));
  summary.append(make('span', 'ticket-who', ticket.who || 'A caller'), time, make('span', 'ticket-wants', ticket.wants));
  const known = document.createElement('dl');
  facts(known, ticket);
  const said = make('ol', 'lines');
  said.append(...ticket.lines.map(lineOf));
  details.append(summary, known, said, foot(ticket, onProblem));
  const entry = document.createElement('li');
  entry.append(details);
  return entry;
}

function foot(ticket, onProblem) {
  const row = make('p', 'ticket-foot');
  if (ticket.doneAt) row.append(make('span', '', `Done by ${ticket.doneBy}, ${WHEN.format(new Date(ticket.doneAt * 1000))}`));
  const button = make('button', 'quiet small', ticket.doneAt ? 'Open again' : 'Done');
  button.type = 'button';
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await ask('POST', `/tickets/${ticket.id}/${ticket.doneAt ? 'open' : 'done'}`);
    } catch (error) {
      onProblem(error.message);
    }
    showTickets(onProblem);
  });
  row.append(button);
  return row;
}

function make(tag, className = '', text = '') {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
