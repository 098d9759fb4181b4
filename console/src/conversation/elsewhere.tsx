import type { ComponentChildren } from 'preact';

const ADDRESSES = /^(https?:|mailto:)/i;

/** A link that leads to another server, and tells it nothing. An address of any other kind is no link. */
export function Elsewhere({ href, children }: { href: string; children: ComponentChildren }) {
  if (!ADDRESSES.test(href)) return <>{children}</>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={href}>
      {children}
    </a>
  );
}
