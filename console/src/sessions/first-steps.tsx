import { CopyButton } from '../ui/copy-button.js';

/** README's first message, to this very server. */
const command = () => `curl -s ${location.origin}/graphql -H 'content-type: application/json' -d '{
  "query": "mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { messageId role text } } }",
  "variables": {"input": {"sessionId": "demo", "agentId": "support", "createIfMissing": true, "messages": [
    {"role": "USER", "text": "Where is my order?"},
    {"role": "ASSISTANT", "text": "On its way. It arrives tomorrow."}]}}}'`;

/** An empty server: what to do so that it is not. */
export function FirstSteps() {
  return (
    <section class="first-steps">
      <h2>No conversations yet</h2>
      <p>
        Agents write them with the mutation <code>appendMessages</code>. Send a first one from a terminal; it
        appears here at once.
      </p>
      <div class="snippet">
        <pre>{command()}</pre>
        <CopyButton text={command} label="Copy the command" />
      </div>
      <p class="faint">
        Where the server asks for a credential, add <code>-H 'authorization: Bearer …'</code>.
      </p>
    </section>
  );
}
