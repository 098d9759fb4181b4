import { render } from 'preact';
import { LocationProvider } from 'preact-iso/router';
import { App } from './app.js';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/sessions.css';

const root = document.getElementById('console');
if (root) {
  root.replaceChildren();
  render(
    <LocationProvider>
      <App />
    </LocationProvider>,
    root,
  );
}
