using System.Collections;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Inference.Domain.Pipelines;

namespace Inference.Adapters.Grpc.Metadata;

/// <summary>Fills a message from a configuration that has its words. What the message does not have is left out.</summary>
internal static class ConfigurationMessage
{
    /// <summary>A message of that kind with what the section says.</summary>
    public static T Create<T>(OptionNode section)
        where T : IMessage<T>, new()
    {
        var message = new T();
        Fill(message, section);
        return message;
    }

    private static void Fill(IMessage message, OptionNode section)
    {
        foreach (var (name, value) in section.Entries)
        {
            if (message.Descriptor.FindFieldByName(name) is { } field)
                Set(message, field, value);
        }
    }

    private static void Set(IMessage message, FieldDescriptor field, OptionNode node)
    {
        if (field.IsMap)
        {
            var (key, value) = (field.MessageType.Fields[1], field.MessageType.Fields[2]);
            var map = (IDictionary)field.Accessor.GetValue(message);
            foreach (var (text, item) in node.Entries)
                map[Scalar(key, text)] = Value(value, item);
        }
        else if (field.IsRepeated)
        {
            var list = (IList)field.Accessor.GetValue(message);
            foreach (var item in node.Items)
                list.Add(Value(field, item));
        }
        else
        {
            field.Accessor.SetValue(message, Value(field, node));
        }
    }

    private static object Value(FieldDescriptor field, OptionNode node)
    {
        if (field.FieldType != FieldType.Message)
            return Scalar(field, node.Text);
        var message = (IMessage)Activator.CreateInstance(field.MessageType.ClrType)!;
        Fill(message, node);
        return message;
    }

    private static object Scalar(FieldDescriptor field, string text) => field.FieldType switch
    {
        FieldType.Bool => text == "true",
        FieldType.Int32 => int.Parse(text, CultureInfo.InvariantCulture),
        FieldType.UInt32 => uint.Parse(text, CultureInfo.InvariantCulture),
        FieldType.Int64 => long.Parse(text, CultureInfo.InvariantCulture),
        FieldType.UInt64 => ulong.Parse(text, CultureInfo.InvariantCulture),
        FieldType.Float => float.Parse(text, CultureInfo.InvariantCulture),
        FieldType.Double => double.Parse(text, CultureInfo.InvariantCulture),
        FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, field.EnumType.FindValueByName(text)?.Number ?? 0),
        _ => text,
    };
}
