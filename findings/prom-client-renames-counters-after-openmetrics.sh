#!/usr/bin/env bash
# prom-client can write Prometheus' text and OpenMetrics. In OpenMetrics a counter's family is named without "_total", and to write it so
# prom-client renames the counter itself: after one scrape that asked for OpenMetrics, the counter is without "_total" in Prometheus' text
# too, for as long as the process runs. Dashboards that sum x_total draw nothing from then on, and nothing says why.
# A server that serves both forms by the Accept header (as Prometheus' own client libraries do) meets this with the first such scraper.
# Seen with prom-client 15.1.3, Node 20:
#   before: x_total 1
#   after:  x 1
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts prom-client@15.1.3 >/dev/null
cat > run.cjs <<'JS'
const { Counter, Registry } = require('prom-client');

async function main() {
  const registry = new Registry();
  new Counter({ name: 'x_total', help: 'counts', registers: [registry] }).inc();
  const scrape = async (type) => {
    registry.setContentType(type);
    return (await registry.metrics()).split('\n').find((line) => /^x/.test(line));
  };
  console.log(`before: ${await scrape(Registry.PROMETHEUS_CONTENT_TYPE)}`);
  await scrape(Registry.OPENMETRICS_CONTENT_TYPE);
  console.log(`after:  ${await scrape(Registry.PROMETHEUS_CONTENT_TYPE)}`);
}
main();
JS
seen=$(node run.cjs)
echo "$seen"
[ "$seen" = $'before: x_total 1\nafter:  x 1' ] || { echo "this has changed" >&2; exit 1; }
