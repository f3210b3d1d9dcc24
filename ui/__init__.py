"""The viewer: thin NiceGUI pages whose rows the browser fetches from the gateway."""
