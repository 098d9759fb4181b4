#!/usr/bin/env bash
# A program that traces with @opentelemetry/api 1.10 records nothing where the SDK that is registered brings 1.9, and nothing says so: the
# copies meet in a global, and a copy takes what an older minor version has registered for incompatible, silently. The newest SDK
# (2.12.1) allows @opentelemetry/api below 1.10 alone, so that "latest" of both, in two folders, is such a pair. An older copy in the
# program works: a library that traces must keep its @opentelemetry/api low, not new.
# Seen on Node 20 with @opentelemetry/sdk-trace-node 2.12.1 beside @opentelemetry/api 1.9.0, spans that the exporter got:
#   api 1.10.0: 0
#   api 1.8.0: 1
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/sdk"
cd "$folder/sdk"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts \
  @opentelemetry/api@1.9.0 @opentelemetry/sdk-trace-node@2.12.1 @opentelemetry/sdk-trace-base@2.12.1 >/dev/null
cat > setup.mjs <<'JS'
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

export const exporter = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
JS
cd "$folder"
npm init -y >/dev/null
cat > run.mjs <<'JS'
import { trace } from '@opentelemetry/api';
import { exporter } from './sdk/setup.mjs';

trace.getTracer('program').startSpan('work').end();
console.log(exporter.getFinishedSpans().length);
JS
seen=''
for version in 1.10.0 1.8.0; do
  npm install --silent --no-audit --no-fund --ignore-scripts "@opentelemetry/api@$version" >/dev/null
  seen+="api $version: $(node run.mjs)"$'\n'
done
printf '%s' "$seen"
[ "$seen" = $'api 1.10.0: 0\napi 1.8.0: 1\n' ] || { echo "this has changed" >&2; exit 1; }
