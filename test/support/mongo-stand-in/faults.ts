import { type Doc, isDoc, isNumber, toNumber } from './bson/values.js';

/** What befalls a command. Without a code or `closeConnection` it only waits. */
export interface Failure {
  /** Names of the commands, as in the log; one or more. */
  command: string | readonly string[];
  code?: number;
  codeName?: string;
  errmsg?: string;
  errorLabels?: readonly string[];
  closeConnection?: boolean;
  /** The command is carried out first, and only its reply is lost or replaced. */
  afterApply?: boolean;
  delayMs?: number;
  /** The command is carried out, and its reply says that the write concern was not met. */
  writeConcernError?: { code: number; codeName: string; errmsg: string };
  /** Only for clients that call themselves so. */
  appName?: string;
}

interface Rule {
  failure: Failure;
  commands: ReadonlySet<string>;
  left: number;
  ofFailPoint: boolean;
}

export interface Faults {
  add(failure: Failure, times: number): void;
  /** A `configureFailPoint` command; gives how often the fail point was met before. */
  configure(command: Doc): number;
  /** What the next command of that name meets, which uses it up. */
  next(name: string, appName: string | undefined): Failure | undefined;
  clear(): void;
}

export function createFaults(): Faults {
  let rules: Rule[] = [];
  let met = 0;

  const add = (failure: Failure, left: number, ofFailPoint: boolean) => {
    const names = typeof failure.command === 'string' ? [failure.command] : failure.command;
    rules.push({ failure, commands: new Set(names), left, ofFailPoint });
  };

  return {
    add: (failure, times) => add(failure, times, false),
    configure(command) {
      const mode = command.get('mode');
      const data = command.get('data');
      rules = rules.filter((rule) => !rule.ofFailPoint);
      if (mode !== 'off' && isDoc(data)) {
        const times = isDoc(mode)
          ? toNumber(mode.get('times'), Number.POSITIVE_INFINITY)
          : Number.POSITIVE_INFINITY;
        add(failureOf(data), times, true);
      }
      return met;
    },
    next(name, appName) {
      const rule = rules.find(
        ({ commands, failure }) =>
          commands.has(name) && (failure.appName === undefined || failure.appName === appName),
      );
      if (!rule) return undefined;
      if (rule.ofFailPoint) met += 1;
      rule.left -= 1;
      if (rule.left <= 0) rules = rules.filter((other) => other !== rule);
      return rule.failure;
    },
    clear() {
      rules = [];
    },
  };
}

function failureOf(data: Doc): Failure {
  const code = data.get('errorCode');
  const labels = data.get('errorLabels');
  const concern = data.get('writeConcernError');
  const blocks = data.get('blockConnection') === true ? toNumber(data.get('blockTimeMS')) : undefined;
  return {
    command: (data.get('failCommands') as string[]) ?? [],
    ...(isNumber(code) ? { code: toNumber(code) } : {}),
    ...(Array.isArray(labels) ? { errorLabels: labels as string[] } : {}),
    ...(typeof data.get('appName') === 'string' ? { appName: data.get('appName') as string } : {}),
    ...(data.get('closeConnection') === true ? { closeConnection: true } : {}),
    ...(isDoc(concern) ? { writeConcernError: concernOf(concern) } : {}),
    ...(blocks === undefined ? {} : { delayMs: blocks }),
  };
}

const concernOf = (concern: Doc) => ({
  code: toNumber(concern.get('code')),
  codeName: String(concern.get('codeName')),
  errmsg: String(concern.get('errmsg')),
});
