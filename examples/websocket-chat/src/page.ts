/** The chat's page. What others write is set as text, never as HTML. */
export const page = `<!doctype html>
<meta charset="utf-8">
<title>Chat</title>
<style>body { font: 16px sans-serif; max-width: 40em; margin: 2em auto } li.note { color: gray }</style>
<h1>Chat</h1>
<ul id="lines"></ul>
<form id="form"><input id="text" autocomplete="off" autofocus placeholder="Say something"> <button>Send</button></form>
<script>
  const lines = document.getElementById("lines"), text = document.getElementById("text");
  let socket;
  function show(line, kind) {
    const item = lines.appendChild(document.createElement("li"));
    item.textContent = line;
    item.className = kind;
  }
  function connect() {
    socket = new WebSocket(location.origin.replace("http", "ws") + "/chat");
    socket.onmessage = (event) => { const { from, text } = JSON.parse(event.data); show(from ? from + ": " + text : text, from ? "" : "note"); };
    socket.onclose = (event) => { show("disconnected (" + event.code + ")", "note"); setTimeout(connect, 1000); };
  }
  document.getElementById("form").onsubmit = (event) => { event.preventDefault(); if (text.value) socket.send(text.value); text.value = ""; };
  connect();
</script>
`;
