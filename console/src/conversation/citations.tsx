import { useOpened } from './opened.js';

interface CitationsProps {
  id: string;
  /** In Strands' shape: title, location, sourceContent. */
  citations: readonly Readonly<Record<string, unknown>>[];
}

export function Citations({ id, citations }: CitationsProps) {
  if (citations.length === 0) return null;
  return (
    <ol class="citations" aria-label="Sources">
      {citations.map((citation, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the sources of a message do not move
        <Citation key={index} id={`${id}:${index}`} citation={citation} />
      ))}
    </ol>
  );
}

function Citation({ id, citation }: { id: string; citation: Readonly<Record<string, unknown>> }) {
  const [open, setOpen] = useOpened(`citation:${id}`);
  const { title, location, sourceContent } = citation;
  const quoted = Array.isArray(sourceContent)
    ? sourceContent.map((part) => String((part as { text?: unknown } | null)?.text ?? '')).join('\n')
    : '';
  return (
    <li>
      <button type="button" aria-expanded={open} disabled={quoted === ''} onClick={() => setOpen(!open)}>
        <bdi>{typeof title === 'string' && title !== '' ? title : 'Source'}</bdi>
        <span class="faint">{placeOf(location)}</span>
      </button>
      {open && <blockquote dir="auto">{quoted.slice(0, 4_000)}</blockquote>}
    </li>
  );
}

/** `pages 2 to 3` of `{documentPage: {documentIndex: 0, start: 2, end: 3}}`. */
function placeOf(location: unknown): string {
  const [kind, place] = Object.entries(location ?? {})[0] ?? [];
  if (kind === undefined || typeof place !== 'object' || place === null) return '';
  const { start, end, url } = place as Record<string, unknown>;
  if (typeof url === 'string') return ` ${url.slice(0, 80)}`;
  if (typeof start !== 'number') return '';
  const unit = kind.toLowerCase().includes('page')
    ? 'page'
    : kind.toLowerCase().includes('chunk')
      ? 'chunk'
      : 'character';
  return typeof end === 'number' && end !== start ? ` ${unit}s ${start} to ${end}` : ` ${unit} ${start}`;
}
