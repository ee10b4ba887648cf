// An HTTP server that remembers its last 1200 requests, 64 KiB each, outside of the collected heap: node-server.js PORT
const http = require('http');

const kept = [];
let requests = 0;

const server = http.createServer((request, response) => {
    const place = requests % 1200;
    kept[place] ??= Buffer.alloc(65536);
    kept[place].fill(++requests & 255);
    response.end(`${requests} ${kept[place][1000]}\n`);
});

server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
process.on('SIGTERM', () => process.exit(0));
