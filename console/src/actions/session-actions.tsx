import { useState } from 'preact/hooks';
import { ApiError, ask } from '../api/ask.js';
import { caller, useScope } from '../api/caller.js';
import { counted } from '../format.js';
import { SessionDetailsDocument, type SessionDetailsFragment } from '../generated/operations.js';
import { useStore } from '../store.js';
import { Icon } from '../ui/icon.js';
import { Menu } from '../ui/menu.js';
import { DeleteForm } from './delete-form.js';
import { loadWhole, save, toJson, toMarkdown } from './export-conversation.js';
import { FeedbackForm } from './feedback-form.js';
import { MetadataForm } from './metadata-form.js';
import { TokenForm } from './token-form.js';

type Open = 'feedback' | 'metadata' | 'token' | 'delete';

/** What can be done with a session, as far as the credential goes. */
export function SessionActions({ details }: { details: SessionDetailsFragment }) {
  const [open, setOpen] = useState<Open | null>(null);
  const [metadata, setMetadata] = useState(details.metadata);
  const [exporting, setExporting] = useState<string | null>(null);
  const kind = useStore(caller)?.kind;
  const may = { feedback: useScope('FEEDBACK'), metadata: useScope('METADATA'), delete: useScope('DELETE') };
  // A credential for one session makes no other one.
  const makesTokens = useScope('READ') && kind !== 'SESSION_TOKEN' && kind !== 'VIEWER';
  const { sessionId } = details;
  // What the page shows may be a moment old, and older while it is not live.
  const editMetadata = async () => {
    const { session } = await ask(SessionDetailsDocument, { sessionId }).catch(() => ({ session: null }));
    setMetadata(session?.metadata ?? details.metadata);
    setOpen('metadata');
  };
  const exportAs = async (form: 'json' | 'md') => {
    setExporting('Exporting…');
    try {
      const whole = await loadWhole(sessionId, (count) =>
        setExporting(`Exporting: ${counted(count, 'message')}`),
      );
      const name = `${sessionId.replace(/[^\w.-]+/g, '_').slice(0, 80)}.${form}`;
      if (whole && form === 'json') save(name, 'application/json', toJson(whole));
      else if (whole) save(name, 'text/markdown', toMarkdown(whole));
      setExporting(null);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setExporting(`The export failed: ${error.message}`);
    }
  };
  const close = () => setOpen(null);
  return (
    <>
      {exporting !== null && (
        <span class="faint" role="status">
          {exporting}
        </span>
      )}
      <Menu
        label={
          <>
            <Icon name="more" /> Actions
          </>
        }
        choices={[
          may.feedback && { label: 'Add feedback', run: () => setOpen('feedback') },
          may.metadata && { label: 'Edit metadata', run: editMetadata },
          makesTokens && { label: 'Make a session token', run: () => setOpen('token') },
          { label: 'Export as JSON', run: () => exportAs('json') },
          { label: 'Export as Markdown', run: () => exportAs('md') },
          may.delete && { label: 'Delete the session', run: () => setOpen('delete') },
        ]}
      />
      {open === 'feedback' && <FeedbackForm sessionId={sessionId} onClose={close} />}
      {open === 'metadata' && <MetadataForm sessionId={sessionId} before={metadata} onClose={close} />}
      {open === 'token' && <TokenForm sessionId={sessionId} onClose={close} />}
      {open === 'delete' && <DeleteForm details={details} onClose={close} />}
    </>
  );
}
