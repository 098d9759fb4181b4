import { GraphQLError } from 'graphql';
import { after, type Later } from '../../domain/async/later.js';
import type { LiveEvent } from '../../domain/live/live-events.js';
import type { AnswerText } from '../answer-text.js';
import type { RequestContext } from '../context.js';
import type { Answer, Plan, ReadyOperation } from '../plan/plan.js';

/** Executes in a context of its own. */
export type InContext = <T>(run: (context: RequestContext) => Later<T>) => Later<T>;

/**
 * Executes a subscription's operation for events; the JSON of each result, as it is sent, errors masked. Several at once share what they load where
 * none of them has an error, and from the first that has one on each is executed by itself, so that its limits are its own.
 */
export function createEventExecution(
  plan: Plan,
  variables: Readonly<Record<string, unknown>>,
  inContext: InContext,
): (events: readonly LiveEvent[]) => Later<AnswerText[]> {
  /** Made with the first event: thousands wait for theirs. */
  let operation: ReadyOperation | null = null;
  let together = true;

  return (events) => {
    operation ??= plan.with(variables);
    if (!operation) throw new GraphQLError('A variable that decides what is included is null.');
    const { execute } = operation;
    const [first] = events;
    return first && events.length === 1
      ? after(
          inContext((context) => execute(context, first)),
          ({ json }) => [json],
        )
      : executeAll(execute, events);
  };

  async function executeAll(execute: ReadyOperation['execute'], events: readonly LiveEvent[]) {
    if (together && events.length > 1) {
      const answers = await inContext((context) =>
        Promise.all(events.map((event) => execute(context, event))),
      );
      if (answers.every(({ errors }) => errors.length === 0)) return answers.map(({ json }) => json);
      together = false;
    }
    const results: Answer[] = [];
    for (const event of events) results.push(await inContext((context) => execute(context, event)));
    return results.map(({ json }) => json);
  }
}
