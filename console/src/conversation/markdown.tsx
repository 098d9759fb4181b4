import MarkdownIt, { type Token } from 'markdown-it';
import { type ComponentChild, h } from 'preact';
import { CopyButton } from '../ui/copy-button.js';
import { Elsewhere } from './elsewhere.js';

/** HTML in a message is text. Deep nesting, which makes a parser slow, is text too. */
const parser = new MarkdownIt({ html: false, linkify: true, breaks: true, maxNesting: 24 });

/** What is made of a token's tag; any other tag is not made. */
const TAGS: ReadonlySet<string> = new Set(
  'p ul ol li blockquote table thead tbody tr th td strong em s'.split(' '),
);
/** Levels that the page itself uses. */
const PAGE_HEADINGS = 2;

/** Markdown as elements: no text of a message is ever handed to the browser as markup. */
export function Markdown({ text }: { text: string }) {
  return <div class="markdown">{nodesOf(parser.parse(text, {}))}</div>;
}

function nodesOf(tokens: readonly Token[]): ComponentChild[] {
  const root: ComponentChild[] = [];
  const open: { children: ComponentChild[]; end: (children: ComponentChild[]) => ComponentChild }[] = [];
  // The headings of a page stand above those of its messages, and no level is left out.
  let heading = PAGE_HEADINGS;
  const add = (child: ComponentChild) => (open.at(-1)?.children ?? root).push(child);
  for (const token of tokens) {
    if (token.type === 'heading_open') {
      heading = Math.min(heading + 1, Number(token.tag[1]) + PAGE_HEADINGS, 6);
      open.push({ children: [], end: headingOf(token.tag, heading) });
    } else if (token.nesting === 1) open.push({ children: [], end: elementOf(token) });
    else if (token.nesting === -1) {
      const ended = open.pop();
      if (ended) add(ended.end(ended.children));
    } else add(leafOf(token));
  }
  return root;
}

/** What a token that holds others becomes. */
function elementOf(token: Token): (children: ComponentChild[]) => ComponentChild {
  const { type, tag, hidden } = token;
  if (hidden) return (children) => children;
  if (type === 'link_open') {
    const href = String(token.attrGet('href') ?? '');
    return (children) => <Elsewhere href={href}>{children}</Elsewhere>;
  }
  if (tag === 'table') {
    return (children) => (
      <div class="table-scroll">
        <table>{children}</table>
      </div>
    );
  }
  if (!TAGS.has(tag)) return (children) => children;
  const align = /text-align:(left|center|right)/.exec(String(token.attrGet('style') ?? ''))?.[1];
  const start = tag === 'ol' ? Number(token.attrGet('start') ?? 1) : undefined;
  return (children) => h(tag, { 'data-align': align, start }, ...children);
}

const headingOf = (tag: string, level: number) => (children: ComponentChild[]) =>
  h(`h${level}`, { class: `level-${tag[1]}` }, ...children);

function leafOf(token: Token): ComponentChild {
  switch (token.type) {
    case 'inline':
      return nodesOf(token.children ?? []);
    case 'softbreak':
    case 'hardbreak':
      return <br />;
    case 'hr':
      return <hr />;
    case 'code_inline':
      return <code>{token.content}</code>;
    case 'fence':
    case 'code_block':
      return <CodeBlock language={token.info.trim().split(/\s+/)[0] ?? ''} code={token.content} />;
    case 'image':
      return <RemoteImage address={String(token.attrGet('src') ?? '')} name={token.content} />;
    default:
      return token.content;
  }
}

/** A picture that lies elsewhere is named and not fetched: its owner would learn who reads. */
function RemoteImage({ address, name }: { address: string; name: string }) {
  const label = `picture: ${name || address.slice(0, 60)}`;
  return (
    <span class="remote">
      <Elsewhere href={address}>{label}</Elsewhere>
      <span class="faint"> (not loaded)</span>
    </span>
  );
}

function CodeBlock({ language, code }: { language: string; code: string }) {
  return (
    <figure class="code">
      <figcaption>
        <span>{language || 'code'}</span>
        <CopyButton text={() => code} label="Copy the code" />
      </figcaption>
      <pre dir="ltr">
        <code>{code.replace(/\n$/, '')}</code>
      </pre>
    </figure>
  );
}
