"""The language model of the paper's experiment: an LSTM with a tied softmax (AWD-LSTM's shape).

    i, f, o = sigmoid(.),  g = tanh(.),  c+ = f c + i g,  h+ = o tanh(c+),
    (i, f, g, o) before their nonlinearity = W_ih x + b_ih + W_hh h + b_hh.

The cell is written out, with the names and the arithmetic of torch.nn.LSTM (weights can be
copied): it has second derivatives on every device, which cuDNN's and the CPU's fused ones lack,
and a Hessian product costs about 2 gradients instead of 3.7.  Tensors are
(time, batch, features).
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from relaxsmooth.networks.backend import Tensor, nn, torch
from relaxsmooth.networks.models.softmax import mean_cross_entropy

State = list[tuple[Tensor, Tensor]]


class LSTMLayer(nn.Module):  # type: ignore[misc]
    """`inputs` -> `hidden` features; parameters as in nn.LSTM, uniform in +-1/sqrt(hidden)."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.weight_ih = nn.Parameter(torch.empty(4 * hidden, inputs))
        self.weight_hh = nn.Parameter(torch.empty(4 * hidden, hidden))
        self.bias_ih = nn.Parameter(torch.empty(4 * hidden))
        self.bias_hh = nn.Parameter(torch.empty(4 * hidden))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -1 / math.sqrt(hidden), 1 / math.sqrt(hidden))

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Any]:
        """(time, batch, inputs) -> outputs (time, batch, hidden) and the last (h, c)."""
        h, c = state
        # all inputs in one product; only W_hh h has to wait for the step before
        driven = nn.functional.linear(x, self.weight_ih, self.bias_ih + self.bias_hh)
        outputs = []
        recurrent = self.weight_hh.T
        for t in driven:
            i, f, g, o = torch.addmm(t, h, recurrent).chunk(4, dim=-1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            outputs.append(h)
        return torch.stack(outputs), (h, c)


class LSTMLanguageModel(nn.Module):  # type: ignore[misc]
    """tokens (time, batch) -> scores (time, batch, vocabulary), outputs of the last layer, state.

    The last layer has `embedding` features and the softmax uses the embedding's matrix (tied).
    """

    def __init__(
        self, vocabulary: int, embedding: int = 200, hidden: int = 512, layers: int = 2
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        sizes = [embedding, *[hidden] * (layers - 1), embedding]
        self.layers = nn.ModuleList(LSTMLayer(a, b) for a, b in pairwise(sizes))
        self.bias = nn.Parameter(torch.zeros(vocabulary))

    def initial(self, batch: int) -> State:
        """h = c = 0 for every layer."""
        like = self.embedding.weight
        return [tuple(like.new_zeros(2, batch, layer.hidden).unbind()) for layer in self.layers]

    def forward(self, tokens: Tensor, state: State | None = None) -> tuple[Tensor, Tensor, State]:
        x = self.embedding(tokens)
        state = self.initial(tokens.shape[1]) if state is None else state
        after = []
        for layer, before in zip(self.layers, state, strict=True):
            x, last = layer(x, before)
            after.append(last)
        return nn.functional.linear(x, self.embedding.weight, self.bias), x, after


def cross_entropy(module: Any, batch: Any) -> Tensor:
    """Mean cross-entropy of (tokens, targets), both (time, batch), from a zero state."""
    return regularised(module, batch, activation=0, temporal=0)


def regularised(module: Any, batch: Any, activation: float = 2.0, temporal: float = 1.0) -> Tensor:
    """Cross-entropy + activation mean h² + temporal mean (h_{t+1} - h_t)², AWD-LSTM's objective."""
    tokens, targets = batch
    scores, outputs, _ = module(tokens)
    loss = mean_cross_entropy(scores.flatten(0, 1), targets.flatten())
    if activation:
        loss = loss + activation * outputs.pow(2).mean()
    if temporal:
        loss = loss + temporal * (outputs[1:] - outputs[:-1]).pow(2).mean()
    return loss
