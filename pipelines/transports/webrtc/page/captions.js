/**
 * What both sides say, word by word.
 *
 * Words arrive as RTVI messages and are only ever set as text, so nobody's words become mark-up.
 * A turn is an <li>; the bot's turn holds one <span> for each sentence, split at the word that is
 * being spoken: what was heard is ink, what is still to come is pale, what was cut off vanishes.
 */

export class Captions {
  #list;
  #scroll;
  #announce;
  #turn = null; // the <li> that grows now
  #segments = new Map(); // segment id -> {said, coming} elements
  #pending = new Map(); // id of a typed message -> its <li>
  #interim = null; // the <span> that the recogniser is still changing his mind about

  /**
   * @param {HTMLOListElement} list @param {HTMLElement} scroll what scrolls
   * @param {HTMLElement} announce a polite live region: it gets whole utterances, not single words
   */
  constructor(list, scroll, announce) {
    this.#list = list;
    this.#scroll = scroll;
    this.#announce = announce;
  }

  clear() {
    this.#list.replaceChildren();
    this.#announce.replaceChildren();
    this.#segments.clear();
    this.#pending.clear();
    this.#turn = this.#interim = null;
  }

  /** "user-input": {text, input_type, final, msg_id}. */
  userInput({ text, input_type: kind, final, msg_id: id }) {
    if (kind === 'backchannel') return this.#aside(text);
    if (kind === 'chat') return this.typed(id, text);
    if (!text.trim()) return undefined;
    const body = this.#open('caller');
    this.#interim ??= body.appendChild(span('interim'));
    this.#interim.textContent = `${text.trim()} `;
    if (final) {
      this.#interim.className = 'said';
      this.#interim = null;
      this.#say('You', text);
    }
    return this.#follow();
  }

  /** A message that was typed; shown at once, and not again when the bot's side echoes it. */
  typed(id, text) {
    if (this.#pending.has(id)) return;
    this.#close();
    const body = this.#open('caller');
    body.parentElement.classList.add('typed');
    body.appendChild(span('said', text));
    this.#pending.set(id, this.#turn);
    this.#close();
    this.#follow();
  }

  /** "bot-output": {text, segment_id, spoken_status, spoken_progress, will_be_spoken}. */
  botOutput({ text, segment_id: id, spoken_status: status, spoken_progress: progress, will_be_spoken: aloud }) {
    let segment = this.#segments.get(id);
    if (!segment) {
      this.#interim = null;
      const body = this.#open('bot');
      segment = { said: body.appendChild(span('said')), coming: body.appendChild(span('coming')) };
      this.#segments.set(id, segment);
      this.#say('Bot', text);
    }
    const said = aloud === false ? text : progress?.accumulated_text ?? '';
    const coming = aloud === false ? '' : progress?.remaining_text ?? text;
    segment.said.textContent = status === 'completed' ? `${text.trim()} ` : spaced(said);
    segment.coming.textContent = status === 'completed' ? '' : spaced(coming);
    this.#follow();
  }

  /** The bot was cut off: what it had not said yet was never said. */
  interrupted() {
    let cut = false;
    for (const { coming } of this.#segments.values()) {
      cut ||= coming.textContent !== '';
      coming.remove();
    }
    this.#segments.clear();
    if (cut && this.#turn?.dataset.who === 'bot') this.#turn.classList.add('cut');
    if (this.#turn?.dataset.who === 'bot') this.#close();
  }

  /** The caller's turn has ended; what comes next is another turn. */
  turnEnded() {
    if (this.#turn?.dataset.who === 'caller') this.#close();
  }

  /** Where something about the bot's newest turn goes; null before it has spoken. */
  newestBotTurn() {
    return this.#list.querySelector(':scope > li[data-who="bot"]:last-of-type')
      ?? [...this.#list.querySelectorAll(':scope > li[data-who="bot"]')].at(-1) ?? null;
  }

  /** Keep the newest words in sight, unless the reader has scrolled up. */
  #follow() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroll;
    if (scrollHeight - scrollTop - clientHeight < 160) this.#scroll.scrollTop = scrollHeight;
  }

  #open(who) {
    if (this.#turn?.dataset.who !== who) {
      this.#close();
      this.#turn = document.createElement('li');
      this.#turn.dataset.who = who;
      const name = span('who', who === 'bot' ? 'Bot' : 'You');
      const body = document.createElement('p');
      this.#turn.append(name, body);
      this.#list.append(this.#turn);
    }
    return this.#turn.querySelector('p');
  }

  #close() {
    this.#turn = this.#interim = null;
  }

  /** "mhm" and the like: beside the bot's words, not a turn of its own. */
  #aside(text) {
    const turn = this.#turn ?? this.newestBotTurn();
    turn?.querySelector('p').appendChild(span('aside', text.trim()));
    this.#follow();
  }

  #say(who, text) {
    const line = document.createElement('p');
    line.textContent = `${who}: ${text}`;
    this.#announce.append(line);
    while (this.#announce.childElementCount > 6) this.#announce.firstElementChild.remove();
  }
}

function span(className, text = '') {
  const element = document.createElement('span');
  element.className = className;
  element.textContent = text;
  return element;
}

const spaced = (text) => (text.trim() ? `${text.trim()} ` : '');
