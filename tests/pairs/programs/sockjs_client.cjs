// sockjs-client: the path of its requests holds a session that it makes up.
const SockJS = require("sockjs-client");

const socket = new SockJS(`${process.env.WIRETAPE_URL}/echo`, null, { transports: process.argv[2] });
const ids = [0, 1, 2].map(() => crypto.randomUUID());
const heard = [];

socket.onopen = () => {
  ids.forEach((id, number) => socket.send(JSON.stringify({ number, id, token: process.env.PAIR_TOKEN })));
};
socket.onmessage = ({ data }) => {
  const { number, id } = JSON.parse(data);
  heard.push(`${number} ${ids[number] === id}`);
  if (heard.length === 3) {
    console.log(heard.join("\n"));
    socket.close();
  }
};
