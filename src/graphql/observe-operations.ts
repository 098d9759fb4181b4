import { type ExecutionArgs, type GraphQLError, type GraphQLFormattedError, getOperationAST } from 'graphql';
import { after, type Later } from '../domain/async/later.js';
import { ParleyError } from '../domain/errors.js';
import type { LiveEvent } from '../domain/live/live-events.js';

/** What is told of an operation when its answer is ready, and of a subscription when it has started or could not. */
export interface EndedOperation {
  /** `query`, `mutation`, `subscription`; `unknown` where it could not be read. */
  type: string;
  name: string | null;
  /** The code of its first error; `OK` where there is none. */
  code: string;
  /** Null for a subscription. */
  seconds: number | null;
}

/** Who watches what is carried out. */
export interface OperationObserver {
  /** Runs the query or mutation that came with these headers, or over a connection that was opened with them. */
  request<T>(headers: Readonly<Record<string, unknown>>, run: () => Later<T>): Later<T>;
  /** Runs what is done for one event of a subscription. */
  event<T>(event: LiveEvent, run: () => Later<T>): Later<T>;
  ended(operation: EndedOperation): void;
}

/** What kind of operation is executed, and what its document calls it. */
export function operationOf({
  document,
  operationName,
}: ExecutionArgs): Pick<EndedOperation, 'type' | 'name'> {
  const operation = getOperationAST(document, operationName);
  return { type: operation?.operation ?? 'unknown', name: operation?.name?.value ?? null };
}

type Errors = readonly (GraphQLError | GraphQLFormattedError)[] | undefined;

/** The code of the first error; `OK` where there is none. */
export const outcomeOf = (errors: Errors): string => (errors?.[0] ? codeOf(errors[0]) : 'OK');

function codeOf(error: GraphQLError | GraphQLFormattedError): string {
  const { originalError } = error as GraphQLError;
  return originalError instanceof ParleyError
    ? originalError.code
    : String(error.extensions?.code ?? 'INTERNAL_SERVER_ERROR');
}

/** Runs a query or mutation that does not pass through Apollo Server, and tells of it. `headers`: as the observer takes them. */
export function observed<R extends { errors?: Errors }>(
  { request, ended }: Pick<OperationObserver, 'request' | 'ended'>,
  headers: Readonly<Record<string, unknown>>,
  { type, name }: Pick<EndedOperation, 'type' | 'name'>,
  run: () => Later<R>,
): Later<R> {
  return request(headers, () => {
    const start = performance.now();
    return after(run(), (result) => {
      ended({ type, name, code: outcomeOf(result.errors), seconds: secondsSince(start) });
      return result;
    });
  });
}

const secondsSince = (start: number) => (performance.now() - start) / 1_000;
