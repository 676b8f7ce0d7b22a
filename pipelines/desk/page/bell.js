/** Two tones and a notification when a caller wants a person. */

let context = null;

/** Browsers allow sound only after the person has done something on the page. */
addEventListener('pointerdown', () => { context ??= new AudioContext(); }, { once: true });

export function ring() {
  if (!context) return;
  for (const [index, pitch] of [659, 880].entries()) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    const at = context.currentTime + index * 0.22;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.18, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.5);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.55);
  }
}

/** Whether the person can still be asked for notifications. */
export const mayAsk = () => globalThis.Notification?.permission === 'default';

export const askForNotifications = () => Notification.requestPermission();

export function notify(title, body, onClick) {
  if (globalThis.Notification?.permission !== 'granted') return;
  const note = new Notification(title, { body, tag: title });
  note.onclick = () => { focus(); onClick(); };
}
