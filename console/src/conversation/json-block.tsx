import { whole } from '../format.js';
import { CopyButton } from '../ui/copy-button.js';
import { clip, withoutHalf } from './clip.js';
import { useOpened } from './opened.js';

const FOLDED = { characters: 1_200, lines: 12 };
const MOST = 60_000;
const ROOMY = { characters: MOST, lines: MOST };

export const pretty = (value: unknown) =>
  typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '');

interface JsonBlockProps {
  id: string;
  value: unknown;
  /** Where there is room for all of it. */
  roomy?: boolean;
}

/** A value as JSON, or text as it is: a few lines, and all of it on demand. */
export function JsonBlock({ id, value, roomy = false }: JsonBlockProps) {
  const [open, setOpen] = useOpened(`json:${id}`);
  const text = pretty(value);
  const { shown, more } = open
    ? { shown: withoutHalf(text.slice(0, MOST)), more: Math.max(0, text.length - MOST) }
    : clip(text, roomy ? ROOMY : FOLDED);
  return (
    <div class="json">
      <pre dir="ltr">{shown}</pre>
      <CopyButton text={() => text} label="Copy" />
      {(more > 0 || open) && (
        <button type="button" class="more" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open
            ? more > 0
              ? `Show less (${whole(more)} characters are left out: copy it to read them)`
              : 'Show less'
            : `Show all, ${whole(more)} more characters`}
        </button>
      )}
    </div>
  );
}
