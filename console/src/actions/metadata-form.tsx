import { useState } from 'preact/hooks';
import { ask } from '../api/ask.js';
import { counted } from '../format.js';
import { DeleteMetadataDocument, UpdateMetadataDocument } from '../generated/operations.js';
import { ActionForm } from './action-form.js';
import { type Change, changesOf, isObject } from './metadata-changes.js';
import { useAction } from './use-action.js';

interface MetadataFormProps {
  sessionId: string;
  /** As it was when the form was opened: what others change meanwhile is left alone. */
  before: Readonly<Record<string, unknown>>;
  onClose(): void;
}

/** Metadata as JSON. What would change is shown before it is saved, and only that is written. */
export function MetadataForm({ sessionId, before, onClose }: MetadataFormProps) {
  const action = useAction();
  const [text, setText] = useState(() => JSON.stringify(before, null, 2));
  const read = readMetadata(text);
  const changes = typeof read === 'string' ? [] : changesOf(before, read);
  const submit = () =>
    action.run(async () => {
      const set = changes.filter(({ kind }) => kind === 'set').map(({ path, after }) => [path, after]);
      const paths = changes.filter(({ kind }) => kind === 'removed').map(({ path }) => path);
      const input = { sessionId, idempotencyKey: `${action.key}:${text.length}:${changes.length}` };
      if (set.length > 0)
        await ask(UpdateMetadataDocument, { input: { ...input, set: Object.fromEntries(set) } });
      if (paths.length > 0) await ask(DeleteMetadataDocument, { input: { ...input, paths } });
      onClose();
    });
  return (
    <ActionForm
      title="Edit metadata"
      submit={changes.length === 0 ? 'Save' : `Save ${counted(changes.length, 'change')}`}
      action={action}
      disabled={changes.length === 0}
      wide
      onSubmit={submit}
      onClose={onClose}
    >
      <label class="field">
        <span>Metadata, as JSON</span>
        <textarea
          rows={12}
          spellcheck={false}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      {typeof read === 'string' ? (
        <p class="wrong" role="status">
          {read}
        </p>
      ) : (
        <Changes changes={changes} />
      )}
    </ActionForm>
  );
}

function Changes({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return <p class="faint">Nothing is changed yet.</p>;
  return (
    <ul class="changes" aria-label="Changes">
      {changes.map(({ path, kind, before, after }) => (
        <li key={path}>
          <bdi>
            <code>{path}</code>
          </bdi>{' '}
          {before !== undefined && <del>{shown(before)}</del>} {kind === 'set' && <ins>{shown(after)}</ins>}
        </li>
      ))}
    </ul>
  );
}

const shown = (value: unknown) => (JSON.stringify(value) ?? '').slice(0, 200);

/** The object; else what is wrong with the text. */
function readMetadata(text: string): Readonly<Record<string, unknown>> | string {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : 'Metadata is an object: it begins with { and ends with }.';
  } catch (error) {
    return `This is no JSON: ${(error as Error).message}`;
  }
}
