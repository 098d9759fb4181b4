import { useState } from 'preact/hooks';
import { RedactForm } from '../actions/redact-form.js';
import { ask } from '../api/ask.js';
import { useScope } from '../api/caller.js';
import { access } from '../api/credential.js';
import { RawMessageDocument } from '../generated/operations.js';
import { CopyButton } from '../ui/copy-button.js';
import { Dialog } from '../ui/dialog.js';
import { Icon } from '../ui/icon.js';
import { Menu } from '../ui/menu.js';
import { JsonBlock } from './json-block.js';
import { linkTo } from './message-link.js';
import type { MessageEntry } from './timeline.js';

const FAILED = 'It could not be loaded, or not be copied.';

/** What can be taken along of a message. */
export function MessageMenu({ entry }: { entry: MessageEntry }) {
  const [raw, setRaw] = useState<object | string | null>(null);
  const [redacting, setRedacting] = useState(false);
  const { message, agentId } = entry;
  const mayRedact = useScope('REDACT') && !message.redacted;
  const place = { agentId, position: message.position };
  const loadRaw = async () => (await ask(RawMessageDocument, { id: message.id })).node ?? {};
  /** Where a browser gives no clipboard, the text is shown to be copied by hand. */
  const copy = async (given: string | Promise<string>) => {
    try {
      const text = await given;
      if (navigator.clipboard) await navigator.clipboard.writeText(text);
      else setRaw(text);
    } catch {
      setRaw(FAILED);
    }
  };
  const choices = [
    { label: 'Copy as text', run: () => copy(textOf(entry)) },
    { label: 'Copy as JSON', run: () => copy(loadRaw().then((one) => JSON.stringify(one, null, 2))) },
    { label: 'Copy as cURL', run: () => copy(curlOf(message.id)) },
    { label: 'Copy the link', run: () => copy(location.href.replace(/#.*/, '') + linkTo(place)) },
    { label: 'Show raw JSON', run: async () => setRaw(await loadRaw().catch(() => FAILED)) },
    mayRedact && { label: 'Redact', run: () => setRedacting(true) },
  ];
  return (
    <span class="message-menu">
      <Menu
        class="icon-button"
        label={<Icon name="more" />}
        name={`Actions for message ${message.position}`}
        choices={choices}
      />
      {raw !== null && (
        <Dialog title={`Message ${message.position} of ${agentId}`} wide onClose={() => setRaw(null)}>
          <JsonBlock id={`raw:${entry.key}`} value={raw} roomy />
        </Dialog>
      )}
      {redacting && <RedactForm entry={entry} onClose={() => setRedacting(false)} />}
    </span>
  );
}

export const textOf = ({ message }: Pick<MessageEntry, 'message'>) =>
  message.content
    .flatMap((block) =>
      block.__typename === 'TextBlock' || block.__typename === 'CitationsBlock' ? [block.text] : [],
    )
    .join('\n');

/** The request that reads this message. Where there is a credential it is left for its owner to put in: a server that is open to all takes no empty one. */
function curlOf(id: string): string {
  const query =
    'query ($id: ID!) { node(id: $id) { ... on Message { messageId role text blocks createdAt } } }';
  const body = JSON.stringify({ query, variables: { id } });
  const credential = access.get().credential === null ? '' : ' -H "authorization: Bearer $PARLEY_KEY"';
  return `curl -s ${location.origin}/graphql -H 'content-type: application/json'${credential} -d '${body.replaceAll("'", "'\\''")}'`;
}

export function CopyText({ entry }: { entry: MessageEntry }) {
  return <CopyButton text={() => textOf(entry)} label="Copy the text" />;
}
