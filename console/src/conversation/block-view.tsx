import type { MessageItemFragment } from '../generated/operations.js';
import { Icon } from '../ui/icon.js';
import { Citations } from './citations.js';
import { StoredMedia } from './media.js';
import { useOpened } from './opened.js';
import { OtherBlock } from './other-block.js';
import { Prose } from './prose.js';
import type { ToolResult } from './timeline.js';
import { ToolCard } from './tool-card.js';

interface BlockViewProps {
  id: string;
  message: MessageItemFragment;
  block: MessageItemFragment['content'][number];
  results: ReadonlyMap<string, ToolResult>;
  /** Whether more of it is coming. */
  growing: boolean;
}

export function BlockView({ id, message, block, results, growing }: BlockViewProps) {
  const index = message.content.indexOf(block);
  const media = { messageId: message.id, index };
  switch (block.__typename) {
    case 'TextBlock':
      return <Prose id={id} text={block.text} growing={growing} />;
    case 'CitationsBlock':
      return (
        <>
          <Prose id={id} text={block.text} />
          <Citations id={id} citations={block.citations} />
        </>
      );
    case 'ToolUseBlock':
      return (
        <ToolCard
          id={id}
          call={block}
          result={results.get(block.toolUseId) ?? null}
          awaitsApproval={message.awaitingApproval.includes(block.toolUseId)}
        />
      );
    case 'ToolResultBlock':
      return <ToolCard id={id} call={null} result={block} awaitsApproval={false} />;
    case 'ReasoningBlock':
      return <Thought id={id} text={block.text} />;
    case 'ImageBlock':
      return <StoredMedia {...media} kind="image" format={block.format} name="image" />;
    case 'VideoBlock':
      return <StoredMedia {...media} kind="video" format={block.format} name="video" />;
    case 'AudioBlock':
      return <StoredMedia {...media} kind="audio" format={block.format} name="recording" />;
    case 'DocumentBlock':
      return <StoredMedia {...media} kind="document" format={block.format} name={block.name || 'document'} />;
    case 'GuardBlock':
      return (
        <div class="guarded">
          <span class="tag">guarded</span>
          <Prose id={id} text={block.text} />
        </div>
      );
    case 'CachePointBlock':
      return <p class="faint cache-point">cache point</p>;
    case 'UnknownBlock':
      return <OtherBlock id={id} value={block.value} />;
  }
}

/** Folded: what was thought is no part of what was said. */
function Thought({ id, text }: { id: string; text: string }) {
  const [open, setOpen] = useOpened(`thought:${id}`);
  if (text === '') return <p class="thought faint">A thought that the provider hides</p>;
  return (
    <section class="thought">
      <button type="button" class="thought-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="thought" /> Thought
        {!open && <bdi class="thought-brief">{text.slice(0, 140)}</bdi>}
      </button>
      {open && <Prose id={`${id}:thought`} text={text} />}
    </section>
  );
}
