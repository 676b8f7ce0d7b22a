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
  #growing = { bot: null, caller: null }; // each side's <li> that takes further words
  #segments = new Map(); // segment id -> {said, coming} elements
  #cut = new Set(); // segment ids that were interrupted; words of them may still be on their way
  #typed = new Set(); // ids of the typed messages that are shown
  #interim = null; // the <span> about which the recogniser may still change its mind
  #botName = 'Bot';

  /**
   * @param {HTMLOListElement} list @param {HTMLElement} scroll what scrolls
   * @param {HTMLElement} announce a polite live region: it gets whole utterances, not single words
   */
  constructor(list, scroll, announce) {
    this.#list = list;
    this.#scroll = scroll;
    this.#announce = announce;
  }

  /** Forget everything; the bot is called `botName` from now on. */
  clear(botName) {
    this.#botName = botName;
    this.#list.replaceChildren();
    this.#announce.replaceChildren();
    this.#segments.clear();
    this.#cut.clear();
    this.#typed.clear();
    this.#growing = { bot: null, caller: null };
    this.#interim = null;
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
    return this.follow();
  }

  /** A message that was typed; shown at once, and not again when the bot's side echoes it. */
  typed(id, text) {
    if (this.#typed.has(id)) return;
    this.#typed.add(id);
    this.#closeCaller();
    const body = this.#open('caller');
    body.parentElement.classList.add('typed');
    body.appendChild(span('said', text));
    this.#closeCaller();
    this.#growing.bot = null;
    this.follow();
  }

  /** "bot-output": {text, segment_id, spoken_status, spoken_progress, will_be_spoken}. */
  botOutput({ text, segment_id: id, spoken_status: status, spoken_progress: progress, will_be_spoken: aloud }) {
    if (this.#cut.has(id)) return;
    let segment = this.#segments.get(id);
    if (!segment) {
      // While the bot goes on, a caller's word beside it does not break its turn in two.
      if (!this.#growing.bot) this.#closeCaller();
      const body = this.#open('bot');
      segment = { said: body.appendChild(span('said')), coming: body.appendChild(span('coming')) };
      this.#segments.set(id, segment);
      this.#say(this.#botName, text);
    }
    const said = aloud === false ? text : progress?.accumulated_text ?? '';
    const coming = aloud === false ? '' : progress?.remaining_text ?? text;
    segment.said.textContent = status === 'completed' ? `${text.trim()} ` : spaced(said);
    segment.coming.textContent = status === 'completed' ? '' : spaced(coming);
    this.follow();
  }

  /** The bot was cut off: what it had not said yet was never said. */
  interrupted() {
    let cut = false;
    for (const [id, { coming }] of this.#segments) {
      this.#cut.add(id);
      cut ||= coming.textContent !== '';
      coming.remove();
    }
    this.#segments.clear();
    if (cut) this.#growing.bot?.classList.add('cut');
    this.#growing.bot = null;
  }

  /** The caller has finished: the bot's next words answer it, in a turn of their own. */
  turnEnded() { this.#growing.bot = null; }

  /** Where something about the bot's newest turn goes; null before it has spoken. */
  newestBotTurn() {
    return [...this.#list.querySelectorAll(':scope > li[data-who="bot"]')].at(-1) ?? null;
  }

  /** Show the newest words, wherever the reader is. */
  toEnd() { this.#scroll.scrollTop = this.#scroll.scrollHeight; }

  /** Keep the newest words in sight, unless the reader has scrolled up. */
  follow() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroll;
    if (scrollHeight - scrollTop - clientHeight < 220) this.toEnd();
  }

  #open(who) {
    if (!this.#growing[who]) {
      const turn = this.#growing[who] = document.createElement('li');
      turn.dataset.who = who;
      turn.append(span('who', who === 'bot' ? this.#botName : 'You'), document.createElement('p'));
      this.#list.append(turn);
    }
    return this.#growing[who].querySelector('p');
  }

  #closeCaller() { this.#growing.caller = this.#interim = null; }

  /** "mhm" and the like: beside the bot's words, not a turn of its own. */
  #aside(text) {
    this.newestBotTurn()?.querySelector('p').appendChild(span('aside', text.trim()));
    this.follow();
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
