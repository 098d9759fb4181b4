import { JsonBlock } from './json-block.js';
import { BytesImage, BytesLink } from './media.js';

interface ToolContentProps {
  id: string;
  /** In Strands' shape: texts, JSON, images, documents. */
  content: readonly Readonly<Record<string, unknown>>[];
}

export function ToolContent({ id, content }: ToolContentProps) {
  return (
    <div class="tool-result">
      {content.map((block, index) => {
        const key = `${id}:${index}`;
        const image = sourceOf(block.image);
        if (image?.bytes)
          return <BytesImage key={key} bytes={image.bytes} format={image.format} name="image" />;
        const document = sourceOf(block.document);
        if (document?.bytes) {
          return (
            <BytesLink
              key={key}
              bytes={document.bytes}
              format={document.format}
              name={document.name ?? 'document'}
            />
          );
        }
        return <JsonBlock key={key} id={key} value={block.text ?? block.json ?? block} />;
      })}
    </div>
  );
}

interface Media {
  format: string | null;
  name: string | null;
  bytes: string | null;
}

function sourceOf(block: unknown): Media | null {
  if (typeof block !== 'object' || block === null) return null;
  const { format, name, source } = block as Record<string, unknown>;
  const bytes =
    typeof source === 'object' && source !== null ? (source as Record<string, unknown>).bytes : null;
  return { format: textOf(format), name: textOf(name), bytes: textOf(bytes) };
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : null);
