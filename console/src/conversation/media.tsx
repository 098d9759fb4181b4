import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../api/ask.js';
import { bytes as size } from '../format.js';
import { MessageBytesDocument } from '../generated/operations.js';
import { Icon } from '../ui/icon.js';

/** What a browser shows by itself; anything else is offered as a file. */
const IMAGES: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
};
const VIDEOS: Readonly<Record<string, string>> = {
  mp4: 'video/mp4',
  webm: 'video/webm',
  mov: 'video/quicktime',
};
const SOUNDS: Readonly<Record<string, string>> = {
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  ogg: 'audio/ogg',
  flac: 'audio/flac',
};

type Kind = 'image' | 'video' | 'audio' | 'document';

interface StoredMediaProps {
  messageId: string;
  /** Which of the message's blocks it is. */
  index: number;
  kind: Kind;
  format: string | null;
  name: string;
}

/** An image, a recording, a video or a document of a message. Its bytes are fetched when it is looked at. */
export function StoredMedia({ messageId, index, kind, format, name }: StoredMediaProps) {
  const [bytes, setBytes] = useState<string | 'asking' | 'elsewhere' | 'failed'>('asking');
  useEffect(() => {
    let left = false;
    ask(MessageBytesDocument, { id: messageId }).then(
      ({ node }) => {
        const block = node && 'content' in node ? node.content[index] : null;
        const found = block && 'bytes' in block ? block.bytes : null;
        if (!left) setBytes(found ?? 'elsewhere');
      },
      () => left || setBytes('failed'),
    );
    return () => {
      left = true;
    };
  }, [messageId, index]);
  if (bytes === 'asking') return <Attached kind={kind}>{name}</Attached>;
  if (bytes === 'elsewhere') return <Attached kind={kind}>{name}, which lies elsewhere</Attached>;
  if (bytes === 'failed') return <Attached kind={kind}>{name} could not be loaded</Attached>;
  const known = format?.toLowerCase() ?? '';
  if (kind === 'image' && IMAGES[known]) return <BytesImage bytes={bytes} format={format} name={name} />;
  if (kind === 'video' && VIDEOS[known])
    return <Player bytes={bytes} type={VIDEOS[known]} kind="video" name={name} />;
  if (kind === 'audio' && SOUNDS[known])
    return <Player bytes={bytes} type={SOUNDS[known]} kind="audio" name={name} />;
  return <BytesLink bytes={bytes} format={format} name={name} />;
}

function Attached({ kind, children }: { kind: Kind; children: ComponentChildren }) {
  return (
    <p class="attached" data-kind={kind}>
      <Icon name="file" /> <bdi>{children}</bdi>
    </p>
  );
}

export function BytesImage({ bytes, format, name }: { bytes: string; format: string | null; name: string }) {
  const type = IMAGES[format?.toLowerCase() ?? ''];
  const address = useAddress(bytes, type ?? 'application/octet-stream');
  if (!type) return <BytesLink bytes={bytes} format={format} name={name} />;
  return address && <img class="picture" src={address} alt={name} />;
}

function Player({
  bytes,
  type,
  kind,
  name,
}: {
  bytes: string;
  type: string;
  kind: 'video' | 'audio';
  name: string;
}) {
  const address = useAddress(bytes, type);
  if (!address) return null;
  // biome-ignore lint/a11y/useMediaCaption: a recording of a conversation has none
  if (kind === 'video') return <video class="picture" src={address} controls aria-label={name} />;
  // biome-ignore lint/a11y/useMediaCaption: a recording of a conversation has none
  return <audio src={address} controls aria-label={name} />;
}

/** A file to keep. It is never opened as a page: it could be one. */
export function BytesLink({ bytes, format, name }: { bytes: string; format: string | null; name: string }) {
  const address = useAddress(bytes, 'application/octet-stream');
  const file = format && !name.endsWith(`.${format}`) ? `${name}.${format}` : name;
  return (
    address && (
      <a class="attached" href={address} download={file}>
        <Icon name="file" /> <bdi>{file}</bdi>{' '}
        <span class="faint">{size(Math.floor((bytes.length * 3) / 4))}</span>
      </a>
    )
  );
}

/** An address of this page's own for some bytes; null while there is none, and for text that is no base64. */
function useAddress(base64: string, type: string): string | null {
  const [address, setAddress] = useState<string | null>(null);
  useEffect(() => {
    const blob = blobOf(base64, type);
    if (!blob) return;
    const made = URL.createObjectURL(blob);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [base64, type]);
  return address;
}

function blobOf(base64: string, type: string): Blob | null {
  try {
    return new Blob([Uint8Array.from(atob(base64), (one) => one.charCodeAt(0))], { type });
  } catch {
    return null;
  }
}
