"""Writes a checkpoint as the two files that mvlm loads: python export.py CHECKPOINT LANGUAGE.gguf VISION.gguf. Matrices in float16."""

import sys

import gguf
import numpy as np
import torch

from net import MEAN, STD, MobileVlm, Shape
from vocabulary import Vocabulary

NAME = 'MobileVLM demo'


def write(path, architecture, metadata, tensors):
    writer = gguf.GGUFWriter(path, architecture)
    metadata(writer)
    for name, tensor in tensors:
        writer.add_tensor(name, np.ascontiguousarray(tensor.numpy().astype(np.float16 if tensor.dim() > 1 else np.float32)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def language(path, state, shape):
    vocabulary = Vocabulary()

    def metadata(w):
        w.add_name(NAME + ', language model')
        w.add_license('Apache-2.0')
        w.add_vocab_size(shape.vocabulary)
        w.add_context_length(shape.context)
        w.add_embedding_length(shape.width)
        w.add_block_count(shape.blocks)
        w.add_feed_forward_length(shape.hidden)
        w.add_rope_dimension_count(shape.width // shape.heads)
        w.add_head_count(shape.heads)
        w.add_head_count_kv(shape.heads)
        w.add_layer_norm_rms_eps(1e-5)
        w.add_rope_freq_base(10000.0)
        w.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
        w.add_tokenizer_model('llama')
        w.add_token_list(vocabulary.tokens)
        w.add_token_scores(vocabulary.scores)
        w.add_token_types(vocabulary.types)
        w.add_bos_token_id(1)
        w.add_eos_token_id(2)
        w.add_unk_token_id(0)
        w.add_add_bos_token(True)
        w.add_add_eos_token(False)

    def tensors():
        yield 'token_embd.weight', state['language.embed.weight']
        for i in range(shape.blocks):
            block, name = f'language.blocks.{i}.', f'blk.{i}.'
            yield name + 'attn_norm.weight', state[block + 'attn_norm.weight']
            for part, tensor in zip('qkv', state[block + 'qkv.weight'].chunk(3)):
                yield f'{name}attn_{part}.weight', tensor
            yield name + 'attn_output.weight', state[block + 'out.weight']
            yield name + 'ffn_norm.weight', state[block + 'ffn_norm.weight']
            for part, tensor in zip(('gate', 'up'), state[block + 'gate_up.weight'].chunk(2)):
                yield f'{name}ffn_{part}.weight', tensor
            yield name + 'ffn_down.weight', state[block + 'down.weight']
        yield 'output_norm.weight', state['language.norm.weight']

    write(path, 'llama', metadata, tensors())


def vision(path, state, shape):
    model = MobileVlm(shape)
    model.load_state_dict(state)
    with torch.no_grad():
        patch, position = model.vision.folded()

    def metadata(w):
        w.add_name(NAME + ', image encoder and LDPv2 projector')
        w.add_license('Apache-2.0')
        w.add_bool('clip.has_text_encoder', False)
        w.add_bool('clip.has_vision_encoder', True)
        w.add_bool('clip.has_llava_projector', True)
        w.add_string('clip.projector_type', 'ldpv2')
        w.add_bool('clip.use_gelu', True)
        w.add_uint32('clip.vision.image_size', shape.image)
        w.add_uint32('clip.vision.patch_size', shape.patch)
        w.add_uint32('clip.vision.embedding_length', shape.vision_width)
        w.add_uint32('clip.vision.feed_forward_length', shape.vision_hidden)
        w.add_uint32('clip.vision.block_count', shape.vision_blocks)
        w.add_uint32('clip.vision.attention.head_count', shape.vision_heads)
        w.add_float32('clip.vision.attention.layer_norm_epsilon', 1e-5)
        w.add_array('clip.vision.image_mean', list(MEAN))
        w.add_array('clip.vision.image_std', list(STD))
        w.add_file_type(gguf.LlamaFileType.MOSTLY_F16)

    def pair(name, module):
        yield name + '.weight', state[module + '.weight']
        yield name + '.bias', state[module + '.bias']

    def tensors():
        yield 'v.class_embd', state['vision.cls']
        yield 'v.patch_embd.weight', patch
        yield 'v.position_embd.weight', position
        yield from pair('v.pre_ln', 'vision.pre_ln')
        for i in range(shape.vision_blocks):
            block, name = f'vision.blocks.{i}.', f'v.blk.{i}.'
            yield from pair(name + 'ln1', block + 'ln1')
            weights, biases = state[block + 'qkv.weight'].chunk(3), state[block + 'qkv.bias'].chunk(3)
            for part, weight, bias in zip('qkv', weights, biases):
                yield f'{name}attn_{part}.weight', weight
                yield f'{name}attn_{part}.bias', bias
            yield from pair(name + 'attn_out', block + 'out')
            yield from pair(name + 'ln2', block + 'ln2')
            yield from pair(name + 'ffn_up', block + 'fc1')
            yield from pair(name + 'ffn_down', block + 'fc2')
        yield from pair('mm.model.mlp.0', 'projector.fc1')
        yield from pair('mm.model.mlp.2', 'projector.fc2')
        yield from pair('mm.model.peg.0', 'projector.peg')

    write(path, 'clip', metadata, tensors())


def main():
    checkpoint, language_path, vision_path = sys.argv[1:]
    saved = torch.load(checkpoint, weights_only=True)
    shape = Shape(**saved['shape'])
    language(language_path, saved['model'], shape)
    vision(vision_path, saved['model'], shape)


if __name__ == '__main__':
    main()
