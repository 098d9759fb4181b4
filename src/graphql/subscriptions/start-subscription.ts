import type { ExecutionArgs, ExecutionResult } from 'graphql';
import type { Caller } from '../../domain/access/policy.js';
import type { MakeContext } from '../context.js';
import { type OperationObserver, operationOf, outcomeOf } from '../observe-operations.js';
import type { Plans } from '../plan/plans.js';
import type { Member } from './member.js';
import { subscribe } from './subscribe.js';
import type { SubscriptionGroups } from './subscription-groups.js';

export interface StartOptions {
  groups: SubscriptionGroups;
  plans: Pick<Plans, 'events'>;
  /** A context for one operation, or for one event of a subscription. */
  makeContext: MakeContext;
  observer: OperationObserver;
}

/** Who subscribes, and from which address. */
export interface Subscriber {
  member: Member;
  caller: Caller;
  from: string;
}

/** Starts subscriptions for a transport, and tells of each whether it could. `mask`: the errors of a result as they may be sent. */
export function createStart(
  { groups, plans, makeContext, observer }: StartOptions,
  mask: (result: ExecutionResult) => ExecutionResult,
) {
  return async (args: ExecutionArgs, { member, caller, from }: Subscriber) => {
    const started = await subscribe(args, {
      groups,
      plans,
      member,
      caller,
      makeContext: (whose, place) => makeContext(whose, from, place),
      mask,
      traced: observer.event,
    });
    const errors = Symbol.asyncIterator in started ? [] : started.errors;
    if (errors && errors.length > 0) makeContext(caller, from).refused(errors);
    observer.ended({ ...operationOf(args), code: outcomeOf(errors), seconds: null });
    return started;
  };
}
