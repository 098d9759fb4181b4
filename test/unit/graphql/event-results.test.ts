import { expect, it } from 'vitest';
import type { LiveEvent } from '../../../src/domain/live/live-events.js';
import { createEventResults, type ResultsSource } from '../../../src/graphql/subscriptions/event-results.js';

type Told = LiveEvent & { text: string };
const event = (text: string) => ({ type: 'Restored', cursor: `c-${text}`, position: '', text }) as Told;

function stage(refreshed: ResultsSource['refreshed'] = async (one) => one) {
  let revision = 0;
  const executed: string[][] = [];
  const source: ResultsSource = {
    async execute(events) {
      const texts = events.map((one) => `${(one as Told).text} ${one.cursor}`);
      executed.push(texts);
      return texts.map((text) => Buffer.from(text));
    },
    revision: () => revision,
    refreshed,
  };
  return {
    executed,
    change: () => revision++,
    results: (...texts: string[]) =>
      createEventResults(texts.map(event), source, new AbortController().signal),
  };
}
const read = async (results: ReturnType<typeof createEventResults>) => (await results.current()).map(String);

it('results are made once for as long as no message is changed, and what has been sent is not given again', async () => {
  const { results, executed } = stage();
  const some = results('one', 'two', 'three');
  expect(await read(some)).toEqual(['one c-one', 'two c-two', 'three c-three']);
  some.drop(2);
  expect(await read(some)).toEqual(['three c-three']);
  some.drop(1);
  expect(await read(some)).toEqual([]);
  expect(executed).toHaveLength(1);
});

it('what waits to be sent is made again where a message was changed meanwhile, without what is gone', async () => {
  const { results, executed, change } = stage(async (one) =>
    (one as Told).text === 'gone' ? null : event(`${(one as Told).text}, as it is now`),
  );
  const some = results('sent', 'gone', 'waiting');
  await read(some);
  some.drop(1);
  change();
  expect(await read(some)).toEqual(['waiting, as it is now c-waiting, as it is now']);
  expect(executed.at(-1)).toHaveLength(1);
});
