/** What was found where something was looked at, in words for whoever runs the server, without a secret. */
export interface Finding {
  /** What was looked at, such as `space`. */
  check: string;
  /** `skip`: it could not be looked at, which says nothing about it. */
  level: 'ok' | 'warn' | 'fail' | 'skip';
  found: string;
  /** What to do; null where there is nothing to do. */
  todo: string | null;
}

export const sound = (check: string, found: string): Finding => ({ check, level: 'ok', found, todo: null });
export const skipped = (check: string, found: string): Finding => ({
  check,
  level: 'skip',
  found,
  todo: null,
});
export const warning = (check: string, found: string, todo: string): Finding => ({
  check,
  level: 'warn',
  found,
  todo,
});
export const failing = (check: string, found: string, todo: string): Finding => ({
  check,
  level: 'fail',
  found,
  todo,
});

/** A message of Parley's errors says first what is wrong and mostly, in the next sentence, what to do; else that is `otherwise`. */
export function whatAndTodo(message: string, otherwise: string): [found: string, todo: string] {
  const end = message.indexOf('. ');
  return end === -1
    ? [message.replace(/\.$/, ''), otherwise]
    : [message.slice(0, end), message.slice(end + 2)];
}
