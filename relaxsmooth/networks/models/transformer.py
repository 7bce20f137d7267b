"""A small causal transformer, norms before the blocks: x + attention(LN x), x + MLP(LN x).

Attention is written out (softmax of a masked product), so that it has second derivatives on
every device; the softmax over the vocabulary uses the embedding's matrix (tied).
"""

from __future__ import annotations

import math

from relaxsmooth.networks.backend import Tensor, nn, torch
from relaxsmooth.networks.errors import NetworkError


class TransformerBlock(nn.Module):  # type: ignore[misc]
    """(batch, time, width) -> the same; each position sees itself and earlier ones."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        if width % heads:
            raise NetworkError(f"width {width} is no multiple of {heads} heads; change one")
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.out(self._attend(self.norm1(x)))
        return x + self.down(nn.functional.gelu(self.up(self.norm2(x))))

    def _attend(self, x: Tensor) -> Tensor:
        batch, time, width = x.shape
        q, k, v = self.qkv(x).view(batch, time, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) / math.sqrt(width // self.heads)
        later = torch.ones(time, time, dtype=torch.bool, device=x.device).triu(1)
        weights = scores.masked_fill(later, -math.inf).softmax(dim=-1)
        return (weights @ v).transpose(1, 2).reshape(batch, time, width)


class Transformer(nn.Module):  # type: ignore[misc]
    """tokens (time, batch), at most `context` long -> scores (time, batch, vocabulary).

    Returns (scores, outputs, None), like LSTMLanguageModel, so that both share their losses.
    """

    def __init__(
        self,
        vocabulary: int,
        width: int = 128,
        layers: int = 4,
        heads: int = 4,
        context: int = 128,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.position = nn.Parameter(torch.zeros(context, width))
        nn.init.normal_(self.embedding.weight, std=0.02)
        nn.init.normal_(self.position, std=0.02)
        self.blocks = nn.Sequential(*(TransformerBlock(width, heads) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor, None]:
        if len(tokens) > len(self.position):
            raise NetworkError(
                f"{len(tokens)} tokens in a row exceed the context {len(self.position)}; "
                "build the model with context= larger"
            )
        x = self.embedding(tokens.T) + self.position[: len(tokens)]
        x = self.norm(self.blocks(x)).transpose(0, 1)
        return nn.functional.linear(x, self.embedding.weight), x, None
