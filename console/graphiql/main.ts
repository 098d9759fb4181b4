import 'graphiql/setup-workers/vite';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createClient } from 'graphql-ws';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { reloadIfNewer } from '../src/api/newer.js';
import { authorizationOf, readCredential } from '../src/api/stored-credential.js';
import 'graphiql/style.css';
import './page.css';

/** In the order of their names; each becomes a tab for whoever opens this page first. */
const EXAMPLES: Record<string, string> = import.meta.glob('../../docs/operations/*.graphql', {
  query: '?raw',
  import: 'default',
  eager: true,
});

// The editor is loaded when it is drawn. What has been typed is kept by GraphiQL.
addEventListener('vite:preloadError', () => void reloadIfNewer());

// The credential of the console in this tab, as it is at each operation.
const headers = () => authorizationOf(readCredential());
const send = createGraphiQLFetcher({
  url: '/graphql',
  wsClient: createClient({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    connectionParams: headers,
  }),
});

const root = document.getElementById('graphiql');
if (root) {
  createRoot(root).render(
    createElement(
      GraphiQL,
      {
        fetcher: (operation, options) =>
          send(operation, { ...options, headers: { ...headers(), ...options?.headers } }),
        defaultTabs: Object.values(EXAMPLES).map((query) => ({ query })),
        defaultEditorToolsVisibility: false,
        shouldPersistHeaders: false,
        showPersistHeadersSettings: false,
      },
      createElement(GraphiQL.Logo, null, createElement('a', { href: '/' }, '← Console')),
    ),
  );
}
