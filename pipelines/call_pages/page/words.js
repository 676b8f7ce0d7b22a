/* Elements and numbers as people read them. Text only ever becomes text: no mark-up is parsed. */

/** An element: attributes by name, `on…` are listeners, children are nodes or text. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'css') for (const [key, each] of Object.entries(value)) node.style.setProperty(key, each);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ''));
  return node;
}

const SVG = 'http://www.w3.org/2000/svg';

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/** 75.25 → "1:15", with `tenths` "1:15.2". */
export function clock(secs, tenths = false) {
  const all = Math.max(0, secs);
  const hours = Math.floor(all / 3600), minutes = Math.floor(all / 60) % 60;
  const rest = tenths ? (Math.floor(all * 10) % 600 / 10).toFixed(1).padStart(4, '0') : String(Math.floor(all) % 60).padStart(2, '0');
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** Dollars with as many digits as they need. */
export function money(dollars) {
  if (!dollars) return '$0';
  return dollars < 0.01 ? `$${dollars.toFixed(5)}` : dollars < 10 ? `$${dollars.toFixed(3)}` : `$${dollars.toFixed(2)}`;
}

export const millis = (value) => (value === null || value === undefined ? '–' : value < 10000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`);

export const percent = (part, whole) => (whole ? `${Math.round((100 * part) / whole)} %` : '–');

/** "24 Nov, 10:05". */
export function moment(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '–';
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(date);
}

export const plural = (count, one) => `${count} ${one}${count === 1 ? '' : 's'}`;
