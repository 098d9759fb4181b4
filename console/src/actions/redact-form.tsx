import { useState } from 'preact/hooks';
import { ask } from '../api/ask.js';
import type { MessageEntry } from '../conversation/timeline.js';
import { RedactMessageDocument } from '../generated/operations.js';
import { ActionForm } from './action-form.js';
import { useAction } from './use-action.js';

export function RedactForm({
  entry: { message, agentId },
  onClose,
}: {
  entry: MessageEntry;
  onClose(): void;
}) {
  const action = useAction();
  const [text, setText] = useState('[redacted]');
  const submit = () =>
    action.run(async () => {
      const replacement = { role: message.role ?? 'USER', text } as const;
      await ask(RedactMessageDocument, {
        input: { id: message.id, replacement, idempotencyKey: action.key },
      });
      onClose();
    });
  return (
    <ActionForm
      title={`Redact message ${message.position} of ${agentId}`}
      submit="Redact for good"
      dangerous
      action={action}
      disabled={text.trim() === ''}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>
        The content of this message is replaced in the database, its history and for everyone who reads or
        follows the conversation. <strong>It cannot be brought back.</strong> Its place, its time and its
        token counts stay. Backups that were made before still hold it.
      </p>
      <label class="field">
        <span>Shown in its place</span>
        <input value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
    </ActionForm>
  );
}
