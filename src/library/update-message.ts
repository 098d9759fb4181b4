import { badInput } from '../domain/errors.js';
import { checkMetrics } from '../domain/sessions/check-inputs.js';
import type { Message } from '../domain/sessions/model.js';
import type { SessionService } from '../domain/sessions/session-service.js';
import type { MessageAddress } from '../domain/sessions/session-store.js';
import { checkObject, given } from './check-arguments.js';
import { toInput } from './message-shapes.js';
import type { MessageChange } from './session-types.js';

const CHANGEABLE = ['role', 'content', 'text', 'metrics', 'guardrailEvent'];

/** BAD_USER_INPUT for what a stored message cannot change, and for metrics of another shape. */
export function checkChange(change: MessageChange): void {
  checkObject(change, 'change');
  const unknown = Object.keys(change).find((key) => !CHANGEABLE.includes(key));
  if (unknown !== undefined) {
    throw badInput(`A message cannot change its ${unknown}; it can change ${CHANGEABLE.join(', ')}.`);
  }
  if (change.metrics !== undefined) checkMetrics(change.metrics);
}

/** Makes the changes one after the other. The message as it is after all of them, or as it is where none is given; null: there is none. */
export async function updateMessage(
  service: SessionService,
  address: MessageAddress,
  { metrics, guardrailEvent, role, content, text }: MessageChange,
): Promise<Message | null> {
  const [current = null] = await service.loadMessages([address]);
  let changed = current;
  if (content !== undefined || text !== undefined) {
    const replacement = toInput(
      { role: role ?? current?.role ?? 'user', ...given({ content, text }) },
      'change',
    );
    changed = await service.redactMessage({ address, replacement, guardrailEvent: guardrailEvent ?? null });
  } else if (role !== undefined) {
    throw badInput('A role changes together with content or text.');
  } else if (guardrailEvent) {
    changed = await service.recordGuardrailEvent({ address, guardrailEvent });
  }
  return metrics ? service.recordMetrics({ address, metrics }) : changed;
}
