/**
 * One call to a bot: WebRTC for the sound, RTVI over a data channel for everything else.
 *
 *   POST /token ─▶ POST /start ─▶ POST offer, PATCH candidates ─▶ "bot-ready" ─▶ … ─▶ close
 *
 * Knows no page. Events: "state" (connecting | live | ended | failed), "voice" (MediaStream of the
 * bot), and each RTVI message under its own type, its data as `detail`.
 */

const RTVI_VERSION = '2.2.0';
const LABEL = 'rtvi-ai';
const PING_MS = 1000; // the server withholds sound from a page it has not heard of for 3 s
const CONNECT_MS = 20_000;

/** A refusal or failure with words for the person; `retryAfter` in seconds when the server says so. */
export class CallError extends Error {
  constructor(message, { status = 0, retryAfter = 0 } = {}) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export class Call extends EventTarget {
  #pc = null;
  #channel = null;
  #offerPath = '';
  #pcId = null;
  #candidates = [];
  #mic = null;
  #micSender = null;
  #timers = [];
  #state = 'new';

  /** The microphone's stream while there is one, else null. */
  get mic() { return this.#mic; }
  get state() { return this.#state; }

  /**
   * Call a bot. Resolves when the offer is answered; "live" follows when the bot is ready.
   * @param {string} bot its name in GET /bots
   * @param {MediaStream|null} mic what the bot hears; null to only listen and type
   */
  async connect(bot, mic) {
    this.#become('connecting');
    this.#mic = mic;
    try {
      const { token } = await request('POST', '/token');
      const session = await request('POST', '/start', { bot, transport: 'webrtc' }, token);
      this.#offerPath = `/sessions/${session.sessionId}/api/offer`;
      this.#open(session.iceConfig);
      await this.#negotiate();
    } catch (error) {
      this.#end('failed', error);
    }
  }

  /** Let the bot hear a microphone from now on; no renegotiation, the line was two-way all along. */
  async addMic(mic) {
    this.#mic = mic;
    await this.#micSender?.replaceTrack(mic.getAudioTracks()[0]);
    this.setMuted(false);
  }

  setMuted(muted) {
    for (const track of this.#mic?.getAudioTracks() ?? []) track.enabled = !muted;
    this.#signal({ type: 'trackStatus', receiver_index: 0, enabled: !muted });
  }

  /** Say something in writing. Returns the message's id; the bot's side echoes it as "user-input". */
  sendText(content) {
    return this.#send('send-text', {
      content, options: { run_immediately: true, audio_response: true },
    });
  }

  hangUp() { this.#end('ended'); }

  #open(iceConfig) {
    const pc = this.#pc = new RTCPeerConnection(iceConfig);
    // The server's contract: the first transceiver is the microphone.
    const line = pc.addTransceiver('audio', { direction: 'sendrecv' });
    this.#micSender = line.sender;
    if (this.#mic) line.sender.replaceTrack(this.#mic.getAudioTracks()[0]);
    pc.ontrack = ({ track, streams }) => this.#emit('voice', streams[0] ?? new MediaStream([track]));
    pc.onicecandidate = ({ candidate }) => {
      if (candidate) this.#candidates.push(candidate);
      this.#sendCandidates();
    };
    pc.onconnectionstatechange = () => {
      if (pc.connectionState === 'failed') {
        this.#end('failed', new CallError('The connection was lost. No way through the network was left.'));
      }
    };
    const channel = this.#channel = pc.createDataChannel('chat', { ordered: true });
    channel.onopen = () => this.#greet();
    channel.onmessage = ({ data }) => this.#receive(data);
    channel.onclose = () => this.#left();
    this.#timers.push(setTimeout(() => {
      if (this.#state === 'connecting') {
        this.#end('failed', new CallError('The bot did not pick up in time.'));
      }
    }, CONNECT_MS));
  }

  async #negotiate() {
    const pc = this.#pc;
    await pc.setLocalDescription(await pc.createOffer());
    const { sdp, type } = pc.localDescription;
    const answer = await request('POST', this.#offerPath, { sdp, type, pc_id: this.#pcId });
    await pc.setRemoteDescription({ sdp: answer.sdp, type: answer.type });
    this.#pcId = answer.pc_id;
    this.#sendCandidates();
  }

  async #sendCandidates() {
    if (!this.#pcId || !this.#candidates.length) return;
    const candidates = this.#candidates.splice(0).map((one) => ({
      candidate: one.candidate, sdp_mid: one.sdpMid, sdp_mline_index: one.sdpMLineIndex,
    }));
    // One way fewer to the bot is no reason to end a call; no way at all shows as "failed".
    await request('PATCH', this.#offerPath, { pc_id: this.#pcId, candidates })
      .catch((error) => console.warn('candidates were not taken:', error.message));
  }

  #greet() {
    this.#signal({ type: 'trackStatus', receiver_index: 0, enabled: Boolean(this.#mic) });
    const ping = () => this.#channel.readyState === 'open' && this.#channel.send(`ping: ${Date.now()}`);
    ping();
    this.#timers.push(setInterval(ping, PING_MS));
    this.#send('client-ready', { version: RTVI_VERSION, about: { library: 'downbeat', library_version: '1' } });
  }

  #receive(text) {
    const message = JSON.parse(text);
    if (message.type === 'signalling') {
      if (message.message?.type === 'peerLeft') this.#left();
      if (message.message?.type === 'renegotiate') this.#negotiate();
      return;
    }
    if (message.label !== LABEL) return;
    if (message.type === 'bot-ready') this.#become('live');
    this.#emit(message.type, message.data ?? {});
  }

  /** The other side is gone: a call that was held is over, one that was not never came about. */
  #left() {
    if (this.#state === 'live') this.#end('ended');
    else this.#end('failed', new CallError('The bot hung up before it answered.'));
  }

  #send(type, data) {
    const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    if (this.#channel?.readyState === 'open') {
      this.#channel.send(JSON.stringify({ label: LABEL, type, id, data }));
    }
    return id;
  }

  #signal(message) {
    if (this.#channel?.readyState === 'open') {
      this.#channel.send(JSON.stringify({ type: 'signalling', message }));
    }
  }

  #end(state, error = null) {
    if (this.#state === 'ended' || this.#state === 'failed') return;
    for (const timer of this.#timers) clearInterval(timer);
    if (this.#channel) this.#channel.onclose = null;
    this.#channel?.close();
    this.#pc?.close();
    for (const track of this.#mic?.getTracks() ?? []) track.stop();
    this.#become(state, error);
  }

  #become(state, error = null) {
    this.#state = state;
    this.#emit('state', { state, error });
  }

  #emit(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}

/** The bots that can be called: [{name, title, description}]. */
export const listBots = () => request('GET', '/bots');

async function request(method, path, body = null, token = '') {
  const headers = { 'Content-Type': 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new CallError('The server cannot be reached. Check your connection.');
  }
  if (response.ok) return response.json();
  const { detail } = await response.json().catch(() => ({}));
  throw new CallError(explain(response.status, detail), {
    status: response.status, retryAfter: Number(response.headers.get('Retry-After')) || 0,
  });
}

function explain(status, detail) {
  if (status === 503) return 'All lines are busy right now.';
  if (status === 429) return 'That was a lot of calls in a short time. Please wait a moment.';
  if (status === 401) return 'This page may not start calls here. Reload it and try again.';
  return typeof detail === 'string' ? `The call was not taken: ${detail}.` : `The call was not taken (${status}).`;
}
