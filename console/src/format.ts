const NUMBER = new Intl.NumberFormat('en');
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const MOMENT = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });
const DAY = new Intl.DateTimeFormat('en', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});
const CLOCK = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const SHORT_DAY = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' });
const SHORT_DATE = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' });

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY_MS = 24 * HOUR;

export const whole = (value: number) => NUMBER.format(value);
/** 1,234 as it is, larger ones as 12.3K. */
export const compact = (value: number) => (value < 10_000 ? NUMBER.format(value) : COMPACT.format(value));
/** A count with its word: `1 message`, `2 messages`. */
export const counted = (count: number, word: string) => `${whole(count)} ${word}${count === 1 ? '' : 's'}`;

export const moment = (iso: string) => MOMENT.format(new Date(iso));
export const clock = (iso: string) => CLOCK.format(new Date(iso));
export const day = (iso: string) => DAY.format(new Date(iso));

/** `now`, `4 min ago`, `3 h ago`, then the day. */
export function ago(iso: string, now: number): string {
  const then = new Date(iso);
  const past = now - then.getTime();
  if (past < 10 * SECOND) return 'now';
  if (past < MINUTE) return `${Math.floor(past / SECOND)} s ago`;
  if (past < HOUR) return `${Math.floor(past / MINUTE)} min ago`;
  if (past < DAY_MS) return `${Math.floor(past / HOUR)} h ago`;
  if (past < 7 * DAY_MS) return `${Math.floor(past / DAY_MS)} d ago`;
  return (then.getFullYear() === new Date(now).getFullYear() ? SHORT_DAY : SHORT_DATE).format(then);
}

/** The two largest units: `850 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.round(ms / SECOND)} s`;
  if (ms < HOUR) return two(ms, MINUTE, 'min', SECOND, 's');
  if (ms < DAY_MS) return two(ms, HOUR, 'h', MINUTE, 'min');
  return two(ms, DAY_MS, 'd', HOUR, 'h');
}

function two(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const larger = Math.floor(ms / large);
  const smaller = Math.floor((ms % large) / small);
  return smaller === 0 ? `${larger} ${largeName}` : `${larger} ${largeName} ${smaller} ${smallName}`;
}

export function bytes(count: number): string {
  if (count < 1_024) return `${count} B`;
  if (count < 1_048_576) return `${(count / 1_024).toFixed(1)} KiB`;
  return `${(count / 1_048_576).toFixed(1)} MiB`;
}

/** The first `limit` characters of one line, without cutting a character in two. */
export function oneLine(text: string, limit: number): string {
  const line = text
    .slice(0, limit * 4)
    .replace(/\s+/g, ' ')
    .trim();
  const characters = [...line];
  return characters.length > limit || text.length > limit * 4
    ? `${characters.slice(0, limit).join('')}…`
    : line;
}
