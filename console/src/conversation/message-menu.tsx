import { useState } from 'preact/hooks';
import { ask } from '../api/ask.js';
import { RawMessageDocument } from '../generated/operations.js';
import { CopyButton } from '../ui/copy-button.js';
import { Dialog } from '../ui/dialog.js';
import { Icon } from '../ui/icon.js';
import { Popover } from '../ui/popover.js';
import { JsonBlock } from './json-block.js';
import { linkTo } from './message-link.js';
import type { MessageEntry } from './timeline.js';

/** What can be taken along of a message. */
export function MessageMenu({ entry }: { entry: MessageEntry }) {
  const [raw, setRaw] = useState<object | 'failed' | null>(null);
  const { message, agentId } = entry;
  const place = { agentId, position: message.position };
  const loadRaw = async () => (await ask(RawMessageDocument, { id: message.id })).node ?? {};
  const copy = async (text: string | Promise<string>) => navigator.clipboard.writeText(await text);
  const choices = [
    { label: 'Copy as text', run: () => copy(textOf(entry)) },
    { label: 'Copy as JSON', run: () => copy(loadRaw().then((one) => JSON.stringify(one, null, 2))) },
    { label: 'Copy as cURL', run: () => copy(curlOf(message.id)) },
    { label: 'Copy the link', run: () => copy(location.href.replace(/#.*/, '') + linkTo(place)) },
    { label: 'Show raw JSON', run: async () => setRaw(await loadRaw().catch(() => 'failed' as const)) },
  ];
  return (
    <span class="message-menu">
      <Popover
        class="icon-button"
        label={<Icon name="more" />}
        name={`Actions for message ${message.position}`}
      >
        {(close) => (
          <ul class="menu">
            {choices.map(({ label, run }) => (
              <li key={label}>
                <button
                  type="button"
                  onClick={() => {
                    close();
                    run();
                  }}
                >
                  {label}
                </button>
              </li>
            ))}
          </ul>
        )}
      </Popover>
      {raw !== null && (
        <Dialog title={`Message ${message.position} of ${agentId}`} wide onClose={() => setRaw(null)}>
          {raw === 'failed' ? (
            <p>It could not be loaded.</p>
          ) : (
            <JsonBlock id={`raw:${entry.key}`} value={raw} />
          )}
        </Dialog>
      )}
    </span>
  );
}

export const textOf = ({ message }: Pick<MessageEntry, 'message'>) =>
  message.content
    .flatMap((block) =>
      block.__typename === 'TextBlock' || block.__typename === 'CitationsBlock' ? [block.text] : [],
    )
    .join('\n');

/** The request that reads this message. The credential is left for its owner to put in. */
function curlOf(id: string): string {
  const query =
    'query ($id: ID!) { node(id: $id) { ... on Message { messageId role text blocks createdAt } } }';
  const body = JSON.stringify({ query, variables: { id } });
  return `curl -s ${location.origin}/graphql -H 'content-type: application/json' -H "authorization: Bearer $PARLEY_KEY" -d '${body.replaceAll("'", "'\\''")}'`;
}

export function CopyText({ entry }: { entry: MessageEntry }) {
  return <CopyButton text={() => textOf(entry)} label="Copy the text" />;
}
