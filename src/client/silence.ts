/** Whether anything still comes over a connection of graphql-ws, whose client sends pings and does not look at whether they are answered. */
export interface SilenceWatch {
  /** The introduction or a ping was sent: something has to come now. `end` is called where nothing does. */
  expect(end: () => void): void;
  /** Anything came. `answer`: what was waited for. */
  heard(answer: boolean): void;
  /** The connection is closed. */
  stop(): void;
}

/** `limitMs`: how long nothing may come that has to. */
export function createSilenceWatch(limitMs: number): SilenceWatch {
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  let isSilent = false;

  function stop(): void {
    clearTimeout(timer);
    clearImmediate(turn);
  }

  function expect(end: () => void): void {
    stop();
    isSilent = true;
    // A process that was stopped meanwhile reads first what has come.
    timer = setTimeout(() => {
      turn = setImmediate(() => (isSilent ? end() : expect(end)));
    }, limitMs);
  }

  return {
    expect,
    heard(answer) {
      isSilent = false;
      if (answer) stop();
    },
    stop,
  };
}
