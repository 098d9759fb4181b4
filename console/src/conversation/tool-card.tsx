import type { BlockFragment } from '../generated/operations.js';
import { Icon } from '../ui/icon.js';
import { JsonBlock } from './json-block.js';
import { useOpened } from './opened.js';
import type { ToolResult } from './timeline.js';
import { ToolContent } from './tool-content.js';

type ToolCall = Extract<BlockFragment, { __typename: 'ToolUseBlock' }>;

interface ToolCardProps {
  id: string;
  /** Null: the call is in a part of the conversation that is not loaded. */
  call: ToolCall | null;
  /** Null: there is none yet. */
  result: ToolResult | null;
  awaitsApproval: boolean;
}

/** A tool's call and what it gave, as one. */
export function ToolCard({ id, call, result, awaitsApproval }: ToolCardProps) {
  const [open, setOpen] = useOpened(`tool:${id}`, true);
  const hasInput = call !== null && !isEmpty(call.input);
  const state = result === null ? 'waiting' : hasFailed(result) ? 'failed' : 'done';
  return (
    <section class="tool" data-state={state}>
      <button type="button" class="tool-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="tool" />
        <bdi class="tool-name">{call?.name ?? 'Result of an earlier call'}</bdi>
        {!open && call && <bdi class="tool-brief">{brief(call.input)}</bdi>}
        <span class="spring" />
        <span class="tool-state">{inWords(result, awaitsApproval)}</span>
        <Icon name="chevron" />
      </button>
      {open && (hasInput || result) && (
        <div class="tool-body">
          {hasInput && <JsonBlock id={`${id}:input`} value={call.input} />}
          {result && <ToolContent id={`${id}:result`} content={result.content} />}
        </div>
      )}
    </section>
  );
}

const hasFailed = ({ status }: ToolResult) => status !== null && status !== 'success';

function inWords(result: ToolResult | null, awaitsApproval: boolean) {
  if (result === null) return awaitsApproval ? 'waits for approval' : 'no result yet';
  return hasFailed(result) ? result.status : 'done';
}

const isEmpty = (input: unknown) =>
  input === null || (typeof input === 'object' && Object.keys(input as object).length === 0);

const brief = (input: unknown) => (JSON.stringify(input) ?? '').slice(0, 120);
