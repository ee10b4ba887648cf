// An HTTP server in node: each answer is made once more and, by its mode, kept.
//   node server.js PORT leak|lru|none
// leak: a cache without a bound; lru: its twin, which forgets what was used longest ago; none: no cache.
'use strict';
const http = require('http');

const port = Number(process.argv[2]);
const mode = process.argv[3];
const answerLength = 4096;
const most = mode === 'lru' ? 400 : Infinity;
const cache = new Map();
let requests = 0;

function remember(key, answer) {
	cache.set(key, answer);
	if (cache.size > most)
		cache.delete(cache.keys().next().value);
}

http.createServer((request, response) => {
	// As a search does that has another word each time.
	const key = `${request.url}?q=${++requests}`;
	const answer = key.padEnd(answerLength, 'answer ') + requests;
	if (mode !== 'none')
		remember(key, Buffer.from(answer).toString('latin1'));
	response.end(answer);
}).listen(port, '127.0.0.1', () => console.log('listening'));
