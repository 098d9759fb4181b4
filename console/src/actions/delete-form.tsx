import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { ask } from '../api/ask.js';
import { counted } from '../format.js';
import { DeleteSessionDocument, type SessionDetailsFragment } from '../generated/operations.js';
import { ActionForm } from './action-form.js';
import { useAction } from './use-action.js';

interface DeleteFormProps {
  details: SessionDetailsFragment;
  onClose(): void;
}

/** Asks for the id to be typed: nobody deletes a conversation by a slip. */
export function DeleteForm({
  details: { sessionId, messageCount, agents, feedback },
  onClose,
}: DeleteFormProps) {
  const action = useAction();
  const { route } = useLocation();
  const [typed, setTyped] = useState('');
  const submit = () =>
    action.run(async () => {
      await ask(DeleteSessionDocument, { input: { sessionId } });
      onClose();
      route('/');
    });
  return (
    <ActionForm
      title="Delete this session"
      submit="Delete for good"
      dangerous
      action={action}
      disabled={typed !== sessionId}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>
        {counted(messageCount, 'message')} of {counted(agents.length, 'agent')} go, with the metadata
        {feedback.length > 0 && ' and the feedback'}. <strong>They cannot be brought back.</strong> Whoever
        follows the conversation is told.
      </p>
      <label class="field">
        <span>
          Type its id,{' '}
          <bdi>
            <code>{sessionId}</code>
          </bdi>
        </span>
        <input
          value={typed}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
    </ActionForm>
  );
}
