// Callers of ModelInfer with @grpc/grpc-js, which ask again as soon as they are answered.
//
//     node caller.js TARGET REQUEST EXPECTED CALLERS [SERVICE_CONFIG]
//
// REQUEST is the message, EXPECTED what every answer holds, both in hexadecimal digits. Prints how many answers there are whenever
// that changes; when its input ends it stops and prints the failures as JSON: status, text and seconds of each.
const fs = require('fs');
const grpc = require('@grpc/grpc-js');

const [target, request, expected, callers, config] = process.argv.slice(2);
const message = Buffer.from(request, 'hex');
const part = Buffer.from(expected, 'hex');
const options = { 'grpc.use_local_subchannel_pool': 1 };
if (config) options['grpc.service_config'] = fs.readFileSync(config, 'utf8');
const clients = [1, 2].map(() => new grpc.Client(target, grpc.credentials.createInsecure(), options));
const same = (bytes) => bytes;
const failures = [];
let stop = false;
let answers = 0;

async function call(client) {
  while (!stop) {
    const begun = process.hrtime.bigint();
    await new Promise((done) => {
      const deadline = { deadline: Date.now() + 60000 };
      client.makeUnaryRequest('/inference.GRPCInferenceService/ModelInfer', same, same, message, new grpc.Metadata(), deadline, (error, answer) => {
        if (error) failures.push([grpc.status[error.code], error.details, Number(process.hrtime.bigint() - begun) / 1e9]);
        else if (!answer.includes(part)) failures.push(['WRONG', 'another answer', 0]);
        if (!error) answers++;
        done();
      });
    });
  }
}

let last = -1;
const tell = setInterval(() => {
  if (answers === last) return;
  last = answers;
  console.log(last);
}, 20);
const calls = Array.from({ length: Number(callers) }, (_, number) => call(clients[number % clients.length]));
process.stdin.resume();
process.stdin.on('end', async () => {
  stop = true;
  await Promise.all(calls);
  clearInterval(tell);
  clients.forEach((client) => client.close());
  console.log(JSON.stringify(failures));
});
