/**
 * The operator's line into one call: both sides come in, the microphone goes out.
 *
 *   POST offer ─▶ answer ─▶ PATCH candidates ─▶ connected ─▶ … ─▶ close
 *
 * The server lets the caller hear the microphone only while the operator has the call; until then
 * it is muted here as well.
 */

import { ask, leave } from './api.js';

const PING_MS = 1000; // the server withholds sound from a page it has not heard of for 3 s

export class Line extends EventTarget {
  #id;
  #pc = null;
  #mic = null;
  #sender = null;
  #pcId = null;
  #candidates = [];
  #timer = 0;

  /** @param {string} id the call */
  constructor(id) {
    super();
    this.#id = id;
  }

  get open() { return this.#pc !== null; }

  /** Open the line. Events: "voice" (MediaStream of both sides), "lost". */
  async connect(iceServers) {
    const pc = this.#pc = new RTCPeerConnection({ iceServers });
    // The server's contract: the first transceiver is the microphone.
    this.#sender = pc.addTransceiver('audio', { direction: 'sendrecv' }).sender;
    pc.ontrack = ({ track, streams }) => this.#emit('voice', streams[0] ?? new MediaStream([track]));
    pc.onicecandidate = ({ candidate }) => {
      if (candidate) this.#candidates.push(candidate);
      this.#sendCandidates();
    };
    pc.onconnectionstatechange = () => {
      if (pc.connectionState === 'failed') this.#lost();
    };
    const channel = pc.createDataChannel('chat', { ordered: true });
    channel.onopen = () => {
      const ping = () => channel.readyState === 'open' && channel.send(`ping: ${Date.now()}`);
      ping();
      this.#timer = setInterval(ping, PING_MS);
    };
    channel.onclose = () => this.#lost();
    await pc.setLocalDescription(await pc.createOffer());
    const { sdp, type } = pc.localDescription;
    const answer = await ask('POST', this.#path('offer'), { sdp, type });
    if (this.#pc !== pc) return;
    await pc.setRemoteDescription({ sdp: answer.sdp, type: answer.type });
    this.#pcId = answer.pc_id;
    this.#sendCandidates();
  }

  /** Have the caller hear the microphone from now on, or no longer. */
  async speak(on) {
    if (on && !this.#mic) {
      this.#mic = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      });
      await this.#sender.replaceTrack(this.#mic.getAudioTracks()[0]);
    }
    for (const track of this.#mic?.getAudioTracks() ?? []) track.enabled = on;
  }

  /** End it, from this side. */
  close() {
    if (!this.#pc) return;
    leave(this.#id);
    this.#drop();
  }

  #lost() {
    if (!this.#pc) return;
    this.#drop();
    this.#emit('lost');
  }

  #drop() {
    clearInterval(this.#timer);
    this.#pc.close();
    this.#pc = null;
    for (const track of this.#mic?.getTracks() ?? []) track.stop();
    this.#mic = null;
  }

  async #sendCandidates() {
    if (!this.#pcId || !this.#candidates.length) return;
    const candidates = this.#candidates.splice(0).map((one) => ({
      candidate: one.candidate, sdp_mid: one.sdpMid, sdp_mline_index: one.sdpMLineIndex,
    }));
    await ask('PATCH', this.#path('offer'), { pc_id: this.#pcId, candidates })
      .catch((error) => console.warn('candidates were not taken:', error.message));
  }

  #path(what) { return `/calls/${encodeURIComponent(this.#id)}/${what}`; }

  #emit(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}
