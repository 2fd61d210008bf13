"""Where two versions decide differently: the exact regions of input, each with a witness. Pure; built on `analysis`."""
