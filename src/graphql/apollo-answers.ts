import type { ApolloServerOptions, ApolloServerPlugin } from '@apollo/server';
import { type AnswerText, answerText, asOneText } from './answer-text.js';
import type { RequestContext } from './context.js';
import type { Mask } from './errors.js';
import { type OperationObserver, outcomeOf } from './observe-operations.js';

/**
 * How Apollo Server's answers are written, and what is told of them. They are written before anything is told: one that is too long is
 * refused, and is no answer.
 */
export function createApolloAnswers(
  mask: Mask,
  observer: Pick<OperationObserver, 'ended'> | null,
): {
  plugin: ApolloServerPlugin<RequestContext>;
  /** What stands for the data of an answer that is written already. */
  writtenData(json: AnswerText): Record<string, unknown>;
} & Required<Pick<ApolloServerOptions<RequestContext>, 'stringifyResult'>> {
  /** By the data that they are of: Apollo Server copies the result around it. */
  const written = new WeakMap<object, string>();

  return {
    writtenData(json) {
      const data = {};
      written.set(data, asOneText(json));
      return data;
    },
    stringifyResult: (result) => written.get(Object(result.data)) ?? answerText(result),
    plugin: {
      async requestDidStart() {
        const start = performance.now();
        return {
          async willSendResponse({ operation, operationName, contextValue, response: { body } }) {
            const data = body.kind === 'single' ? body.singleResult.data : null;
            if (body.kind === 'single' && data && !written.has(data)) {
              const { errors, extensions } = body.singleResult;
              try {
                written.set(data, await answerText({ errors, data, extensions }));
              } catch (error) {
                contextValue.refused([error]);
                body.singleResult = { errors: [mask(error)], data: null };
              }
            }
            observer?.ended({
              type: operation?.operation ?? 'unknown',
              name: operationName ?? null,
              code: outcomeOf(body.kind === 'single' ? body.singleResult.errors : undefined),
              seconds: (performance.now() - start) / 1_000,
            });
          },
        };
      },
    },
  };
}
